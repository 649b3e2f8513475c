import { describe, expect, it } from "vitest";
import type { Alarm, Delivery, PendingRelease, Telling } from "../wire";
import { byAlarm, decisions, hops, newest, numbers, origin, drillSteps, outputFault, together, toldOf } from "./telling";

const delivery = (changes: Partial<Delivery>): Delivery => ({
  output_id: "gate",
  announcement_id: "a1",
  alarm_id: "alarm",
  zone_id: "fuel",
  stage: 3,
  kind: "warning",
  state: "accepted",
  ruled_t_ms: 1000,
  made_t_ms: 3000,
  expires_t_ms: 99_000,
  reached_t_ms: { wanted: 3000, accepted: 3400 },
  is_drill: false,
  confirmed_by: [],
  attempts: 1,
  detail: "",
  code: "",
  said_to_be: [],
  first_plot_t_ms: null,
  seen_t_ms: null,
  tracked_t_ms: null,
  alerted_t_ms: null,
  raised_t_ms: null,
  ...changes,
});

const pending: PendingRelease = {
  alarm_id: "alarm",
  output_ids: ["gate"],
  people: 2,
  released_by: [],
  asked_t_ms: 0,
  deputy_t_ms: 20_000,
  undecided_t_ms: 40_000,
  undecided: "release",
  withheld_by: "",
  deciders: [],
  deputies: [],
  wants_supervisor: false,
};

const alarmOf = (alarm_id: string, change: Partial<Alarm> = {}): Alarm =>
  ({ alarm_id, zone_id: "", stage: 3, updated_t_ms: 0, active_ids: [1], time_left: { likely_s: null, low_s: null, high_s: null }, ...change }) as Alarm;
const left = (likely_s: number) => ({ time_left: { likely_s, low_s: null, high_s: null } });
const waiting = (...ids: string[]): Telling => ({
  outputs: [], pending: ids.map((alarm_id) => ({ ...pending, alarm_id })), deliveries: [], not_retracted: [], health: [],
  drilling: { last: null, next_t_ms: null, skipped_t_ms: null, skipped: "alarm" },
});

describe("questions", () => {
  it("come by stage, then by the time that is left for their zone", () => {
    const alarms = [alarmOf("ready", { stage: 2, ...left(5) }), alarmOf("unknown"), alarmOf("late", left(50)), alarmOf("soon", left(20))];
    const asked = decisions(waiting("ready", "unknown", "late", "soon"), alarms, 0);
    expect(asked.map(({ alarm }) => alarm.alarm_id)).toEqual(["soon", "late", "unknown", "ready"]);
  });

  it("have numbers that grow from the top, and keep them only for as long as they do", () => {
    const after = (before: string[], keys: string[]) => [...numbers(new Map(before.map((key, place) => [key, place + 1])), keys, 3)];
    expect(after([], ["a", "b"])).toEqual([["a", 1], ["b", 2]]);
    expect(after(["a", "b"], ["b", "c"])).toEqual([["b", 2], ["c", 3]]); // the key of one that is gone goes to no other
    expect(after(["a"], ["graver", "a"])).toEqual([["graver", 1], ["a", 2]]);
    expect(after([], ["a", "b", "c", "d"])).toEqual([["a", 1], ["b", 2], ["c", 3]]);
  });

  it("of the same objects have one answer, those of others their own", () => {
    const alarms = [alarmOf("a", { active_ids: [1, 2] }), alarmOf("b", { active_ids: [2] }), alarmOf("c", { active_ids: [3] }), alarmOf("d", { stage: 2 }), alarmOf("e", { active_ids: [] })];
    const asked = decisions(waiting("a", "b", "c", "d", "e"), alarms, 0);
    const of = (id: string) => together(asked.find(({ alarm }) => alarm.alarm_id === id)!, asked, "Layla").map(({ alarm }) => alarm.alarm_id);
    expect(of("a")).toEqual(["a", "b"]);
    expect(of("b")).toEqual(["b"]);
    expect(of("c")).toEqual(["c"]);
  });

  it("that others decide, or that one has answered, are not answered with another", () => {
    const telling = waiting("a", "b", "c");
    telling.pending[1] = { ...telling.pending[1], deciders: ["Omar"] };
    telling.pending[2] = { ...telling.pending[2], released_by: ["Layla"] };
    const asked = decisions(telling, ["a", "b", "c"].map((id) => alarmOf(id)), 0);
    expect(together(asked[0], asked, "Layla")).toHaveLength(1);
  });
});

describe("telling", () => {
  it("asks about alarms that are open, with the time that is left", () => {
    const telling: Telling = { outputs: [], pending: [pending, { ...pending, alarm_id: "gone" }], deliveries: [], not_retracted: [],
      health: [], drilling: { last: null, next_t_ms: null, skipped_t_ms: null, skipped: "alarm" },
    };
    const alarm = alarmOf("alarm", { stage: 2 });
    const found = decisions(telling, [alarm], 25_000);
    expect(found.map(({ leftS, deputyAsked, alarm: { stage } }) => [leftS, deputyAsked, stage])).toEqual([[15, true, 2]]);
  });

  it("shows the newest of each output and alarm", () => {
    const all = [delivery({ announcement_id: "a3" }), delivery({ output_id: "siren" }), delivery({ announcement_id: "a1" })];
    expect(newest(all)).toHaveLength(2);
    expect(byAlarm([...all, delivery({ alarm_id: "b" })]).map(([id, of]) => [id, of.length])).toEqual([
      ["alarm", 3],
      ["b", 1],
    ]);
  });

  it("names each output once that was told of any of some alarms", () => {
    const one = [delivery({}), delivery({ kind: "update" }), delivery({ output_id: "app", alarm_id: "b" }), delivery({ output_id: "x", alarm_id: "c" })];
    expect(toldOf(one, ["alarm", "b"])).toEqual({ got: ["app", "gate"], missed: [] });
  });

  it("sets apart the outputs that an alarm never got through on", () => {
    const lost = { state: "not_sent", reached_t_ms: { wanted: 1, not_sent: 2 } } as const;
    const late = { state: "too_late", reached_t_ms: { wanted: 1, sent: 2, too_late: 3 } } as const;
    const all = [delivery({}), delivery({ output_id: "screens", ...lost }), delivery({ output_id: "siren", ...late }), delivery({ output_id: "screens", kind: "retraction" })];
    expect(toldOf(all, ["alarm"])).toEqual({ got: ["gate", "siren"], missed: ["screens"] });
  });

  it("measures each hop from the rule on", () => {
    expect(hops(delivery({}))).toEqual([
      { step: "released", s: 2 },
      { step: "accepted", s: 2.4 },
    ]);
  });

  it("counts a drill's steps from its begin, and reads whose fault it is", () => {
    const delivery = { reached_t_ms: { wanted: 1000, accepted: 1400, confirmed: 5000 } } as unknown as Delivery;
    expect(drillSteps(delivery, 1000)).toEqual({ accepted: 0.4, confirmed: 4 });
    expect(outputFault("output.drill-failed:siren-2")).toEqual({ fault: "drill-failed", outputId: "siren-2" });
    expect(outputFault("journal.unwritable")).toBeNull();
  });

  it("counts how an alarm came about back from its rule, also once it has ended", () => {
    const steps = { first_plot_t_ms: 1000, seen_t_ms: 1200, tracked_t_ms: 2000, alerted_t_ms: null, raised_t_ms: 6000 };
    const over = { ...steps, ruled_t_ms: 60_000, kind: "retraction" } as unknown as Delivery;
    expect(origin([over]).map(({ step, s }) => `${step} ${s}`)).toEqual(["plot 5", "seen 4.8", "tracked 4"]);
    expect(origin([{ ...over, raised_t_ms: null }])).toEqual([]);
  });
});
