import { describe, expect, it } from "vitest";
import { standing, takenBackBy } from "./all_clears";

const given = (zone_id: string, until_t_ms: number) => ({ zone_id, t_ms: 0, until_t_ms });

describe("all-clears that stand", () => {
  it("have each their own deadline, and are gone by it", () => {
    const all = [given("north", 900), given("fuel", 500), given("gate", 100)];
    expect(standing(all, 100).map(({ zone_id, until_t_ms }) => [zone_id, until_t_ms])).toEqual([["fuel", 500], ["north", 900]]);
  });

  it("are taken back zone by zone, or with one word for all", () => {
    const all = [given("north", 900), given("fuel", 500)];
    expect(takenBackBy(["fuel"], all)).toEqual(["fuel"]);
    expect(takenBackBy(["north", "fuel"], all)).toEqual([""]);
    expect(takenBackBy(["fuel"], [given("fuel", 500)])).toEqual(["fuel"]);
    expect(takenBackBy([""], [given("", 500), given("fuel", 500)])).toEqual([""]);
  });
});
