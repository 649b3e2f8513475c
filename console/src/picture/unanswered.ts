/** Outputs that an alarm should go out on and that do not answer: the people there are warned another way. Pure. */
import type { Alarm, Output, OutputHealth, Telling } from "../wire";
import { isTaken, isTrouble, newest } from "./telling";

export interface Unanswered {
  outputId: string;
  standard: string;
  /** Whom it leaves without a warning; empty for the whole site. */
  zoneIds: string[];
  /** The output's own fault, or "unheard" where this alarm alone did not get through. */
  fault: "down" | "failing" | "drill-failed" | "unheard";
  sinceMs: number | null;
}

const STAGES: Record<number, string> = { 2: "ALERT", 3: "WARN" };

/**
 * The outputs that do not answer of those that an alarm should go out on, in the order of the settings. What came of
 * this alarm itself is asked first: an output that took it has warned, whatever became of the output before or since.
 * Its health counts only where nothing came of this alarm yet. What waits for its release or is held back is nobody's
 * to be warned of yet, by voice as little as by an output.
 */
export function unanswered(telling: Telling, alarm: Alarm): Unanswered[] {
  if (alarm.state !== "active") return [];
  const undecided = new Set(telling.pending.filter((one) => one.alarm_id === alarm.alarm_id).flatMap((one) => one.output_ids));
  const deliveries = telling.deliveries.filter((one) => one.alarm_id === alarm.alarm_id);
  const told = new Map(newest(deliveries).map((one) => [one.output_id, one]));
  const warned = new Set(deliveries.filter(isTaken).map((one) => one.output_id));
  return telling.outputs.flatMap((output): Unanswered[] => {
    if (!serves(output, alarm) || undecided.has(output.output_id) || warned.has(output.output_id)) return [];
    const named = { outputId: output.output_id, standard: output.standard, zoneIds: alarm.zone_id === "" ? output.zone_ids : [alarm.zone_id] };
    const dead = deadSince(telling.health.find((one) => one.output_id === output.output_id));
    if (dead !== null) return [{ ...named, ...dead }];
    const delivery = told.get(output.output_id);
    if (delivery === undefined || !isTrouble(delivery)) return [];
    return [{ ...named, fault: "unheard", sinceMs: (delivery.reached_t_ms.not_sent as number | undefined) ?? delivery.made_t_ms }];
  });
}

function serves(output: Output, alarm: Alarm): boolean {
  const stages = output.stages.length === 0 || output.stages.includes(STAGES[alarm.stage]);
  return output.is_serving && stages && (alarm.zone_id === "" || output.zone_ids.length === 0 || output.zone_ids.includes(alarm.zone_id));
}

/** That a drill is overdue is no sign that an output is dead. */
function deadSince(health: OutputHealth | undefined): Pick<Unanswered, "fault" | "sinceMs"> | null {
  switch (health?.fault) {
    case "down":
      return { fault: "down", sinceMs: downSince(health) };
    case "failing":
      return { fault: "failing", sinceMs: health.failed_t_ms };
    case "drill-failed":
      return { fault: "drill-failed", sinceMs: health.drilled_t_ms };
    default:
      return null;
  }
}

/** One outage has one begin: what failed before its link was known to be down counts too. */
function downSince({ since_t_ms, failed_t_ms, worked_t_ms }: OutputHealth): number | null {
  if (failed_t_ms === null || failed_t_ms <= (worked_t_ms ?? -Infinity)) return since_t_ms;
  return since_t_ms === null ? failed_t_ms : Math.min(since_t_ms, failed_t_ms);
}

/** Those of all alarms, each output once, with every zone that it leaves without a warning; the most urgent alarm's first. */
export function allUnanswered(telling: Telling, alarms: Alarm[]): Unanswered[] {
  const found = new Map<string, Unanswered>();
  for (const one of alarms.flatMap((alarm) => unanswered(telling, alarm))) {
    const known = found.get(one.outputId);
    // no zone is the whole site, which every other zone is in
    const whole = known !== undefined && (known.zoneIds.length === 0 || one.zoneIds.length === 0);
    const zoneIds = whole ? [] : [...new Set([...(known?.zoneIds ?? []), ...one.zoneIds])];
    found.set(one.outputId, { ...(known ?? one), zoneIds });
  }
  return [...found.values()];
}
