import { describe, expect, it } from "vitest";
import type { Impact } from "../wire";
import { placed, SIGMAS } from "./fall_layers";

const impact = (track_id: number, t_ms: number, level: 2 | 3): Impact => ({
  track_id,
  t_ms,
  time_sigma_s: 1,
  place: { latitude_deg: 36, longitude_deg: 44, east_m: 0, north_m: 0, up_m: 0 },
  semi_major_m: 100,
  semi_minor_m: 50,
  orientation_deg: 10,
  zones: [{ zone_id: "a", hit_probability: 0.1, level }],
  doubts: [],
});

describe("rounds on the map", () => {
  it("hold half and nine tenths of a plane Gaussian", () => {
    for (const share of [50, 90] as const) expect(1 - Math.exp(-(SIGMAS[share] ** 2) / 2)).toBeCloseTo(share / 100);
  });

  it("lie on each other by what is graver and sooner, and only what is still up is drawn", () => {
    const found = placed([impact(1, 50_000, 3), impact(2, 40_000, 2), impact(3, 30_000, 3), impact(4, 1, 3)], 20_000);
    expect(found.map(({ impact: { track_id } }) => track_id)).toEqual([2, 1, 3]);
    expect(placed([{ ...impact(1, 50_000, 3), place: null }], 0)).toEqual([]);
  });
});
