/** What is told: which alarms wait for a decision, and how far each announcement came. Pure. */
import type { Alarm, Delivery, PendingRelease, Telling } from "../wire";

/** A question to whoever decides; leftS runs down to what the rule does by itself. */
export interface Decision {
  pending: PendingRelease;
  alarm: Alarm;
  leftS: number;
  deputyAsked: boolean;
}

/** What waits, of alarms that are still open: the gravest stage first, then the zone that has least time left. */
export function decisions(telling: Telling, alarms: Alarm[], nowMs: number): Decision[] {
  const found = telling.pending.flatMap((pending): Decision[] => {
    const alarm = alarms.find(({ alarm_id }) => alarm_id === pending.alarm_id);
    if (alarm === undefined) return [];
    return [{ pending, alarm, leftS: (pending.undecided_t_ms - nowMs) / 1000, deputyAsked: nowMs >= pending.deputy_t_ms }];
  });
  return found.sort((a, b) => b.alarm.stage - a.alarm.stage || timeOf(a.alarm) - timeOf(b.alarm) || a.leftS - b.leftS || (a.alarm.alarm_id < b.alarm.alarm_id ? -1 : 1));
}

const timeOf = ({ time_left, updated_t_ms }: Alarm): number => (time_left.likely_s === null ? Infinity : time_left.likely_s + updated_t_ms / 1000);

/**
 * The number of the key that goes to each question, of those that can be answered in the order shown: growing from the
 * top. Each keeps its own for as long as that holds, so that the key of one that is gone goes to no other.
 */
export function numbers(before: ReadonlyMap<string, number>, keys: readonly string[], max: number): Map<string, number> {
  const kept = new Map<string, number>();
  let last = 0;
  for (const key of keys) {
    const number: number = before.get(key) ?? last + 1;
    if (number <= last || number > max) return new Map(keys.slice(0, max).map((one, place) => [one, place + 1]));
    kept.set(key, number);
    last = number;
  }
  return kept;
}

/** Who decides here by name: whoever may release where nobody is named. */
export const isDecider = (pending: PendingRelease, name: string): boolean =>
  pending.deciders.length === 0 || [...pending.deciders, ...pending.deputies].includes(name);

/**
 * The questions that one answer of a person settles with a question: of the same stage, about its objects and no
 * others, theirs to decide. The question itself is among them.
 */
export function together(of: Decision, all: Decision[], name: string): Decision[] {
  const objects = new Set(of.alarm.active_ids);
  const same = ({ alarm }: Decision): boolean => alarm.stage === of.alarm.stage && alarm.active_ids.length > 0 && alarm.active_ids.every((id) => objects.has(id));
  const theirs = ({ pending }: Decision): boolean => isDecider(pending, name) && !pending.released_by.includes(name) && pending.withheld_by === "";
  const once = new Set<string>();
  return [of, ...all.filter((one) => one !== of && same(one) && theirs(one))].filter(({ alarm }) => {
    if (once.has(alarm.alarm_id)) return false; // several outputs of one alarm have one answer
    once.add(alarm.alarm_id);
    return true;
  });
}

/** The newest announcement of each output about each alarm; telling has the newest first. */
export function newest(deliveries: Delivery[]): Delivery[] {
  const seen = new Set<string>();
  return deliveries.filter(({ alarm_id, output_id }) => {
    const key = `${alarm_id} ${output_id}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

const ENDS: Delivery["kind"][] = ["all_clear", "retraction", "test"];

/** Outputs that took the word of any of some alarms, and those that were handed it and never did; each once. */
export function toldOf(deliveries: Delivery[], alarmIds: string[]): { got: string[]; missed: string[] } {
  const of = deliveries.filter(({ alarm_id, kind }) => alarmIds.includes(alarm_id) && !ENDS.includes(kind));
  const got = new Set(of.filter(hasLeft).map(({ output_id }) => output_id));
  const missed = new Set(of.map(({ output_id }) => output_id).filter((id) => !got.has(id)));
  return { got: [...got].sort(), missed: [...missed].sort() };
}

/** It went out, or something says that it did: whoever may have it is told what became of it. */
const hasLeft = ({ reached_t_ms, state }: Delivery): boolean =>
  STEPS.some((step) => step === state || (reached_t_ms[step] as number | undefined) !== undefined);

/** Deliveries by alarm, in the order in which they come. */
export function byAlarm(deliveries: Delivery[]): [string, Delivery[]][] {
  const found = new Map<string, Delivery[]>();
  for (const one of deliveries) found.set(one.alarm_id, [...(found.get(one.alarm_id) ?? []), one]);
  return [...found];
}

const STEPS = ["sent", "accepted", "actuated", "confirmed"] as const;
export type Step = (typeof STEPS)[number];

/** Seconds from what is told of to each step that was reached, and before it to the release. */
export function hops(delivery: Delivery): { step: "released" | Step; s: number }[] {
  const from = delivery.ruled_t_ms;
  const reached = STEPS.flatMap((step) => {
    const atMs = delivery.reached_t_ms[step] as number | undefined;
    return atMs === undefined ? [] : [{ step, s: Math.max(0, atMs - from) / 1000 }];
  });
  reached.sort((a, b) => a.s - b.s); // an answer can come before the word that it was sent
  return [{ step: "released", s: Math.max(0, delivery.made_t_ms - from) / 1000 }, ...reached];
}

/** Whether somebody should look: it did not get through, or not in time. */
export const isTrouble = (delivery: Delivery): boolean => delivery.state === "not_sent" || delivery.state === "too_late";

export type DrillStep = "sent" | "accepted" | "actuated" | "confirmed";

/** Whether the output itself says that it took it, or did more with it; what was merely sent may have gone nowhere. */
export const isTaken = (delivery: Delivery): boolean => delivery.state === "accepted" || delivery.state === "actuated" || delivery.state === "confirmed";

/** Seconds from the begin of a drill to each step that was reached. */
export function drillSteps(delivery: Delivery, begunMs: number): Partial<Record<DrillStep, number>> {
  return Object.fromEntries(
    STEPS.flatMap((step) => {
      const atMs = delivery.reached_t_ms[step] as number | undefined;
      return atMs === undefined ? [] : [[step, Math.max(0, atMs - begunMs) / 1000]];
    }),
  );
}

/** A fault of an output, as its code names it: "output.down:siren". */
export function outputFault(code: string): { fault: string; outputId: string } | null {
  const found = /^output\.([a-z-]+):(.+)$/.exec(code);
  return found === null ? null : { fault: found[1], outputId: found[2] };
}

export type OriginStep = "plot" | "seen" | "tracked" | "alerted";

/** Seconds before the rule of an alarm at which what raised it came to each step, the earliest first. */
export function origin(deliveries: Delivery[]): { step: OriginStep; s: number }[] {
  const first = deliveries.find(({ raised_t_ms }) => raised_t_ms !== null);
  const raisedMs = first?.raised_t_ms ?? null;
  if (first === undefined || raisedMs === null) return [];
  const times: [OriginStep, number | null][] = [
    ["plot", first.first_plot_t_ms],
    ["seen", first.seen_t_ms],
    ["tracked", first.tracked_t_ms],
    ["alerted", first.alerted_t_ms],
  ];
  return times.flatMap(([step, atMs]) => (atMs === null ? [] : [{ step, s: Math.max(0, raisedMs - atMs) / 1000 }]));
}
