import { describe, expect, it } from "vitest";
import type { Alarm, AlarmEnd, Track } from "../wire";
import { alarmOrder, asksFirst, coming, endedTogether, lost, nearestOf, newSince, ranked, retractedWith, sounding, steadyOrder, unacknowledged, worstStage, zoneStates } from "./ranking";
import { nextToAcknowledge, showFirst } from "./shown_first";

const alarm = (alarm_id: string, change: Partial<Alarm> = {}): Alarm => ({
  alarm_id,
  raid_id: "r",
  zone_id: alarm_id,
  stage: 3,
  state: "active",
  opened_t_ms: 0,
  updated_t_ms: 0,
  track_ids: [],
  active_ids: [],
  time_left: { likely_s: 1, low_s: 1, high_s: 1 },
  reasons: [],
  acknowledged_t_ms: null,
  acknowledged_by: "",
  acknowledged_count: 0,
  last_active_t_ms: null,
  lie_down: false,
  impact_t_ms: null,
  all_clear_from_t_ms: null,
  lost: [],
  ...change,
});
const track = (track_id: number, level: Track["level"], zone_id: string, time_to_impact_s: number): Track => ({
  track_id,
  name: "",
  identity: "unknown",
  class_name: "owa",
  level,
  score: 0,
  hostility: 0,
  first_t_ms: 0,
  zone_id,
  time_to_impact_s,
  time_low_s: null,
  time_high_s: null,
  flight: null,
  decision: null,
  question: null,
  claim: null,
  spoofed: false,
  detail: null,
});

describe("alarms", () => {
  it("come unacknowledged first, then as the site orders them", () => {
    const alarms = [
      alarm("a", { acknowledged_t_ms: 1 }),
      alarm("b", { state: "passed" }),
      alarm("c"),
      alarm("d", { state: "cleared" }),
      alarm("e", { stage: 2 }),
    ];
    expect(alarmOrder(alarms).map((item) => item.alarm_id)).toEqual(["c", "e", "a", "b"]);
  });

  it("wait to be acknowledged until the all-clear, and sound only while they are active", () => {
    const alarms = [alarm("p", { state: "passed" }), alarm("a"), alarm("q", { state: "passed", acknowledged_t_ms: 1 }), alarm("c", { state: "cleared" })];
    expect(unacknowledged(alarms).map((one) => one.alarm_id)).toEqual(["a", "p"]);
    expect(sounding(alarms).map((one) => one.alarm_id)).toEqual(["a"]);
    expect(worstStage([alarm("p", { state: "passed" }), alarm("b", { stage: 2 })])).toBe(2);
    expect([asksFirst(3), asksFirst(4)]).toEqual([false, true]);
  });

  it("keep their places while their times left are close, and change them for more", () => {
    const at = (id: string, likely_s: number | null, change: Partial<Alarm> = {}) => alarm(id, { time_left: { likely_s, low_s: null, high_s: null }, ...change });
    const order = (before: string[], ...wished: Alarm[]) => steadyOrder(before, wished).map((one) => one.alarm_id);
    expect(order([], at("a", 10), at("b", 11))).toEqual(["a", "b"]);
    expect(order(["b", "a"], at("a", 10), at("b", 12.9))).toEqual(["b", "a"]);
    expect(order(["b", "a"], at("a", 10), at("b", 13.1))).toEqual(["a", "b"]);
    expect(order(["b", "a"], at("a", 10), at("b", 10, { stage: 2 }))).toEqual(["a", "b"]);
    expect(order(["b", "a"], at("a", 10), at("b", 5, { acknowledged_t_ms: 1 }))).toEqual(["a", "b"]);
    expect(order(["a", "b"], at("new", 9), at("a", 10), at("b", 11))).toEqual(["new", "a", "b"]);
    expect(order(["a", "b"], at("b", 9), at("a", 0.2))).toEqual(["b", "a"]); // reached: nobody can be told any sooner
    expect(order(["a", "b", "c"], at("c", 6), at("b", 8), at("a", 10))).toEqual(["b", "c", "a"]); // none stands behind one that is 3 s later
  });

  it("mark a zone as passed only where none of its alarms is active", () => {
    const states = zoneStates([alarm("a", { state: "passed" }), alarm("b", { state: "passed" }), alarm("a2", { zone_id: "a" })]);
    expect(states.get("a")).toEqual({ stage: 3, passed: false });
    expect(states.get("b")).toEqual({ stage: 0, passed: true });
  });
});

describe("what is still coming", () => {
  it("is of the zone, soonest first, whether an alarm names it or its own level does", () => {
    const tracks = new Map([track(1, 3, "a", 40), track(2, 1, "a", 9), track(3, 2, "b", 20), track(4, 0, "a", 5)].map((one) => [one.track_id, one]));
    const alarms = [alarm("a", { active_ids: [2, 9] })];
    expect(coming(tracks, alarms, "a").map((one) => one.track.track_id)).toEqual([2, 1]);
    expect(coming(tracks, alarms, "").map((one) => one.track.track_id)).toEqual([2, 3, 1]);
  });

  it("may be what was lost with its sensors: each once, with its zones, while it is not itself judged to come", () => {
    const gone = (track_id: number, zone_id: string, last_t_ms: number) => ({ track_id, zone_id, last_t_ms });
    const tracks = new Map([track(1, 1, "a", 9), track(4, 3, "a", 9)].map((one) => [one.track_id, one]));
    const alarms = [
      alarm("a", { active_ids: [1, 2, 4], lost: [gone(1, "a", 50), gone(2, "a", 40), gone(4, "a", 40)] }),
      alarm("b", { active_ids: [2], lost: [gone(2, "b", 45)] }),
      alarm("", { stage: 2, active_ids: [3], lost: [gone(3, "b", 60)] }),
      alarm("p", { state: "passed", lost: [gone(9, "a", 1)] }),
    ];
    const of = (zone: string) => lost(alarms, zone, coming(tracks, alarms, zone));
    expect(coming(tracks, alarms, "").map((one) => one.track.track_id)).toEqual([4]); // 1 still coasts in the picture
    expect(of("")).toEqual([
      { track_id: 2, zone_ids: ["a", "b"], last_t_ms: 45 },
      { track_id: 1, zone_ids: ["a"], last_t_ms: 50 },
      { track_id: 3, zone_ids: ["b"], last_t_ms: 60 },
    ]);
    expect(of("a").map((one) => one.track_id)).toEqual([2, 1]);
    expect(of("b").map((one) => one.track_id)).toEqual([2, 3]);
  });
});

describe("an alarm", () => {
  it("names the object that its time is of", () => {
    const about = { code: "alarm.track.owa", arguments: { track_id: 7, zone_id: "b", hit_percent: 80, distance_m: 900 }, decibans: null };
    expect(nearestOf(alarm("a", { reasons: [about] }))).toEqual({ track_id: 7, class_name: "owa", zone_id: "b" });
    expect(nearestOf(alarm("a"))).toBeNull();
  });
});

describe("threats", () => {
  it("that have arrived stand behind those that have time left", () => {
    const seen = [{ ...track(1, 3, "a", 0.2), score: 90 }, track(2, 3, "a", 40), { ...track(3, 2, "a", 20), score: 99 }];
    expect(ranked(seen, false, 9).shown.map((item) => item.track_id)).toEqual([3, 2, 1]);
  });

  it("are by the time left, then by level; what is only watched comes after all of them", () => {
    const seen = [track(1, 1, "a", 5), track(2, 2, "a", 30), track(3, 3, "a", 30), { ...track(4, 3, "a", 0), time_to_impact_s: null }, track(5, 2, "a", 10)];
    expect(ranked(seen, false, 9).shown.map((item) => item.track_id)).toEqual([5, 3, 2, 4, 1]);
  });

  const seen = [
    { ...track(1, 1, "a", 9), identity: "neutral" as const },
    { ...track(2, 1, "a", 9), identity: "assumed_friend" as const },
    { ...track(3, 1, "a", 9), identity: "pending" as const },
    { ...track(4, 2, "a", 9), identity: "neutral" as const },
    track(5, 0, "a", 9),
  ];

  it("are not airliners and friends that pass, but whatever is at alert", () => {
    expect(ranked(seen, false, 9).shown.map((item) => item.track_id)).toEqual([4, 3]);
    expect(ranked(seen, false, 9).all).toBe(2);
  });

  it("are among all tracks where those are asked for", () => {
    expect(ranked(seen, true, 9).all).toBe(5);
  });
});

describe("growth of what is acknowledged", () => {
  it("counts what joined since, of active alarms alone", () => {
    const seen = { acknowledged_t_ms: 1, acknowledged_count: 1, track_ids: [1, 2, 3] };
    expect(newSince(alarm("a", seen))).toBe(2);
    expect(newSince(alarm("a", { ...seen, state: "passed" }))).toBe(0);
    expect(newSince(alarm("a", { track_ids: [1, 2] }))).toBe(0);
  });
});

describe("one retraction for one object", () => {
  it("takes the alarms of the same objects alone with it", () => {
    const alarms = [alarm("a", { track_ids: [1, 2] }), alarm("b", { track_ids: [1] }), alarm("c", { track_ids: [1, 3] })];
    expect(retractedWith(alarms, "a").map((one) => one.alarm_id)).toEqual(["b"]);
    expect(retractedWith(alarms, "gone")).toEqual([]);
    const graver = [alarm("alert", { stage: 2, track_ids: [1] }), alarm("warn", { track_ids: [1] })];
    expect(retractedWith(graver, "alert")).toEqual([]); // the order to take cover is ended by name alone
  });

  it("has ended together what one word ended, and not what another did", () => {
    const end = (alarm_id: string, change: Partial<AlarmEnd> = {}) => ({ alarm_id, zone_id: alarm_id, raid_id: "r", how: "retracted", t_ms: 5, ...change }) as AlarmEnd;
    const ended = [end("a"), end("b"), end("c", { t_ms: 6 }), end("d", { how: "all_clear" })];
    expect(endedTogether(ended, "b").map((one) => one.alarm_id)).toEqual(["b", "a"]);
    expect(endedTogether(ended, "d")).toEqual([]);
  });
});

describe("the next to be acknowledged", () => {
  it("is the one shown as such, as long as it waits", () => {
    const alarms = [alarm("a"), alarm("b")];
    showFirst("b");
    expect(nextToAcknowledge(alarms)?.alarm_id).toBe("b");
    expect(nextToAcknowledge([alarm("a"), alarm("b", { acknowledged_t_ms: 1 })])?.alarm_id).toBe("a");
    expect(nextToAcknowledge([])).toBeUndefined();
  });
});
