import { describe, expect, it } from "vitest";
import type { Alarm, Delivery, Output, OutputHealth, PendingRelease, Telling } from "../wire";
import { allUnanswered, unanswered } from "./unanswered";

const output = (output_id: string, change: Partial<Output> = {}): Output => ({
  output_id, standard: "modbus", zone_ids: ["fuel"], stages: ["WARN"], is_serving: true, for_drills: true, ...change,
});
const health = (output_id: string, fault: OutputHealth["fault"]): OutputHealth => ({
  output_id, link: "down", since_t_ms: 5, detail: "",
  code: "", worked_t_ms: null, failed_t_ms: 6, drilled_t_ms: 7, drill_verdict: "failed", fault, delays: [], delays_s: 0,
});
const telling = (change: Partial<Telling>): Telling => ({
  outputs: [], pending: [], deliveries: [], not_retracted: [], health: [],
  drilling: { last: null, next_t_ms: null, skipped_t_ms: null, skipped: "alarm" }, ...change,
});
const alarm = (zone_id: string, change: Partial<Alarm> = {}) => ({ alarm_id: `a-${zone_id}`, zone_id, stage: 3, state: "active", ...change }) as Alarm;

describe("outputs that do not answer", () => {
  const outputs = [output("siren"), output("gate", { zone_ids: [], stages: [] }), output("idle", { is_serving: false }), output("late")];
  const faults = telling({ outputs, health: [health("siren", "down"), health("gate", "drill-failed"), health("idle", "down"), health("late", "drill-overdue")] });

  it("are told with the alarms that should go out on them, whom they leave out, and since when", () => {
    const found = unanswered(faults, alarm("fuel")).map(({ outputId, fault, sinceMs, zoneIds }) => [outputId, fault, sinceMs, zoneIds]);
    expect(found).toEqual([["siren", "down", 5, ["fuel"]], ["gate", "drill-failed", 7, ["fuel"]]]);
    expect(unanswered(faults, alarm("north")).map(({ outputId }) => outputId)).toEqual(["gate"]);
    expect(unanswered(faults, alarm("fuel", { stage: 2 })).map(({ outputId }) => outputId)).toEqual(["gate"]);
    expect(unanswered(faults, alarm("fuel", { state: "passed" }))).toEqual([]);
  });

  it("are those too that this alarm alone did not get through on", () => {
    const delivery = { output_id: "siren", alarm_id: "a-fuel", state: "not_sent", made_t_ms: 8, reached_t_ms: { not_sent: 9 } } as unknown as Delivery;
    const told = telling({ outputs: [output("siren")], deliveries: [delivery] });
    expect(unanswered(told, alarm("fuel")).map(({ fault, sinceMs }) => [fault, sinceMs])).toEqual([["unheard", 9]]);
    expect(unanswered(told, alarm("fuel", { alarm_id: "another" }))).toEqual([]);
  });

  it("are none of those that took this alarm, however they stand otherwise", () => {
    const of = (state: Delivery["state"]) => telling({
      outputs: [output("siren", { zone_ids: ["fuel", "north"] })], health: [health("siren", "failing")],
      deliveries: [{ output_id: "siren", alarm_id: "a-fuel", state, made_t_ms: 8, reached_t_ms: {} } as unknown as Delivery],
    });
    for (const state of ["accepted", "actuated", "confirmed"] as const) expect(unanswered(of(state), alarm("fuel"))).toEqual([]);
    for (const state of ["wanted", "sent", "not_sent", "too_late"] as const) expect(unanswered(of(state), alarm("fuel")).map(({ fault }) => fault)).toEqual(["failing"]);
    expect(allUnanswered(of("accepted"), [alarm("fuel"), alarm("north")]).map(({ zoneIds }) => zoneIds)).toEqual([["north"]]);
  });

  it("are no order to warn by voice while their release is undecided or held back", () => {
    const pending = { alarm_id: "a-fuel", output_ids: ["siren"] } as PendingRelease;
    expect(unanswered({ ...faults, pending: [pending] }, alarm("fuel")).map(({ outputId }) => outputId)).toEqual(["gate"]);
    expect(unanswered({ ...faults, pending: [{ ...pending, alarm_id: "a-north" }] }, alarm("fuel"))).toHaveLength(2);
  });

  it("do not answer since they first failed after they last worked, link or no link", () => {
    const since = (change: Partial<OutputHealth>) =>
      unanswered(telling({ outputs: [output("siren")], health: [{ ...health("siren", "down"), since_t_ms: 9, failed_t_ms: 6, ...change }] }), alarm("fuel"))[0].sinceMs;
    expect(since({})).toBe(6);
    expect(since({ worked_t_ms: 7 })).toBe(9);
    expect(since({ failed_t_ms: null })).toBe(9);
  });

  it("are told once for all alarms, with every zone", () => {
    const found = allUnanswered(faults, [alarm("fuel"), alarm("north"), alarm("")]);
    expect(found.map(({ outputId, zoneIds }) => [outputId, zoneIds])).toEqual([["siren", ["fuel"]], ["gate", []]]);
  });
});
