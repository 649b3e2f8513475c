import { describe, expect, it } from "vitest";
import type { Impact } from "../wire";
import { falling, fallsOf, levelOf, percent } from "./falls";

const impact = (track_id: number, t_ms: number | null, zones: [string, number, 0 | 1 | 2 | 3][], doubts: Impact["doubts"] = []): Impact => ({
  track_id,
  t_ms,
  time_sigma_s: t_ms === null ? null : 0.5,
  place: t_ms === null ? null : { latitude_deg: 36, longitude_deg: 44, east_m: 0, north_m: 0, up_m: 0 },
  semi_major_m: t_ms === null ? null : 120,
  semi_minor_m: t_ms === null ? null : 60,
  orientation_deg: t_ms === null ? null : 20,
  zones: zones.map(([zone_id, hit_probability, level]) => ({ zone_id, hit_probability, level })),
  doubts,
});

describe("falling rounds", () => {
  it("are counted with when the first and the last come down, and what is not known of them", () => {
    const found = fallsOf([impact(1, 30_000, []), impact(2, 20_000, [], ["wind"]), impact(3, null, [], ["wind", "plots"])], 10_000);
    expect([found.rounds, found.firstMs, found.lastMs, found.unplaced]).toEqual([3, 20_000, 30_000, 1]);
    expect(found.doubts).toEqual(["plots", "wind"]);
  });

  it("put a zone at the risk of any of them, the gravest zone first and then the soonest", () => {
    const { zones } = fallsOf(
      [impact(1, 30_000, [["terminal", 0.5, 3], ["fuel", 0.1, 2]]), impact(2, 20_000, [["terminal", 0.2, 3], ["camp", 0.3, 3]])],
      0,
    );
    expect(zones.map(({ zoneId, rounds, soonestMs }) => [zoneId, rounds, soonestMs])).toEqual([
      ["terminal", 2, 20_000],
      ["camp", 1, 20_000],
      ["fuel", 1, 30_000],
    ]);
    expect(zones[0].probability).toBeCloseTo(0.6);
  });

  it("are told of no more once they are down", () => {
    expect(falling([impact(1, 10_000, []), impact(2, null, [])], 13_001).map(({ track_id }) => track_id)).toEqual([2]);
    expect(falling([impact(1, 10_000, [])], 12_900)).toHaveLength(1);
  });

  it("have a level, and probabilities that claim no certainty", () => {
    expect(levelOf(impact(1, 1, [["a", 0.1, 2], ["b", 0.2, 3]]))).toBe(3);
    expect([percent(0.004), percent(0.34), percent(0.9999)]).toEqual(["<1 %", "34 %", ">99 %"]);
  });
});
