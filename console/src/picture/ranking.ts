/** The order of the threat list and of the alarms. */
import type { Alarm, Track } from "../wire";

/** Most dangerous first: level, then score, then the number, so that equals never change places. */
export function ranked(tracks: Iterable<Track>, levelMin: number, most: number): { shown: Track[]; all: number } {
  const chosen: Track[] = [];
  for (const track of tracks) if (track.level >= levelMin) chosen.push(track);
  chosen.sort((a, b) => b.level - a.level || b.score - a.score || a.track_id - b.track_id);
  return { shown: chosen.slice(0, most), all: chosen.length };
}

const isUnacknowledged = (alarm: Alarm): boolean => alarm.state === "active" && alarm.acknowledged_t_ms === null;

/** Alarms nobody has acknowledged, most urgent first. */
export function unacknowledged(alarms: Alarm[]): Alarm[] {
  return alarms.filter(isUnacknowledged);
}

/** Open alarms as the banner has them: what nobody has acknowledged first, then as the site orders them. */
export function alarmOrder(alarms: Alarm[]): Alarm[] {
  const open = alarms.filter((alarm) => alarm.state !== "cleared");
  return [...open.filter(isUnacknowledged), ...open.filter((alarm) => !isUnacknowledged(alarm))];
}

/** Tracks that are still coming for a zone, "" for any: those of its active alarms and those judged alert or worse. */
export function coming(tracks: Map<number, Track>, alarms: Alarm[], zoneId: string): Track[] {
  const ofZone = (id: string | null): boolean => zoneId === "" || id === zoneId || id === "";
  const ids = new Set(alarms.filter((alarm) => alarm.state === "active" && ofZone(alarm.zone_id)).flatMap((alarm) => alarm.active_ids));
  for (const track of tracks.values()) if (track.level >= 2 && ofZone(track.zone_id)) ids.add(track.track_id);
  const found = [...ids].flatMap((id) => tracks.get(id) ?? []);
  return found.sort((a, b) => (a.time_to_impact_s ?? Infinity) - (b.time_to_impact_s ?? Infinity) || a.track_id - b.track_id);
}

/** What the map shows of a zone: the worst stage of its active alarms; passed where none is active but one waits for the all-clear. */
export interface ZoneState {
  stage: number;
  passed: boolean;
}

/** The state of each zone that has an open alarm. */
export function zoneStates(alarms: Alarm[]): Map<string, ZoneState> {
  const states = new Map<string, ZoneState>();
  for (const alarm of alarms) {
    if (alarm.state === "cleared") continue;
    const active = alarm.state === "active" ? alarm.stage : 0;
    const stage = Math.max(states.get(alarm.zone_id)?.stage ?? 0, active);
    states.set(alarm.zone_id, { stage, passed: stage === 0 });
  }
  return states;
}
