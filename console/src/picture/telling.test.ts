import { describe, expect, it } from "vitest";
import type { Alarm, Delivery, PendingRelease, Telling } from "../wire";
import { byAlarm, decisions, hops, newest } from "./telling";

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
  first_plot_t_ms: null,
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
};

describe("telling", () => {
  it("asks about alarms that are open, with the time that is left", () => {
    const telling: Telling = { outputs: [], pending: [pending, { ...pending, alarm_id: "gone" }], deliveries: [], not_retracted: [] };
    const alarm = { alarm_id: "alarm", zone_id: "", stage: 2 } as Alarm;
    const found = decisions(telling, [alarm], 25_000);
    expect(found.map(({ leftS, deputyAsked, stage }) => [leftS, deputyAsked, stage])).toEqual([[15, true, 2]]);
  });

  it("shows the newest of each output and alarm", () => {
    const all = [delivery({ announcement_id: "a3" }), delivery({ output_id: "siren" }), delivery({ announcement_id: "a1" })];
    expect(newest(all)).toHaveLength(2);
    expect(byAlarm([...all, delivery({ alarm_id: "b" })]).map(([id, of]) => [id, of.length])).toEqual([
      ["alarm", 3],
      ["b", 1],
    ]);
  });

  it("measures each hop from the rule on", () => {
    expect(hops(delivery({}))).toEqual([
      { step: "released", s: 2 },
      { step: "accepted", s: 2.4 },
    ]);
  });
});
