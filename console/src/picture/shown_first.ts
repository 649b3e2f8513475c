/** The alarm that the banner shows as the next to be acknowledged: the key does that one and no other. */
import type { Alarm } from "../wire";
import { unacknowledged } from "./ranking";

let shownId = "";

/** The banner shows that the key acknowledges this one, "" for none. */
export function showFirst(alarmId: string): void {
  shownId = alarmId;
}

/** What the key acknowledges: the one shown as such, as long as it waits. */
export function nextToAcknowledge(alarms: Alarm[]): Alarm | undefined {
  const waiting = unacknowledged(alarms);
  return waiting.find(({ alarm_id }) => alarm_id === shownId) ?? waiting[0];
}
