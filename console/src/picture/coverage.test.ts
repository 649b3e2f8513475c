import { expect, test } from "vitest";
import type { Sensor } from "../wire";
import { bearing, coverageKey, figures, stepOf } from "./coverage";

const radar = (changes: Partial<Sensor> = {}): Sensor => ({
  sensor_id: "r",
  name: "R",
  kind: "radar",
  feed: "f",
  place: { latitude_deg: 33.3, longitude_deg: 44.4, east_m: 0, north_m: 0, up_m: 0 },
  coverage: { range_min_m: 0, range_max_m: 5000, azimuth_from_deg: 0, azimuth_width_deg: 360 },
  health: "ok",
  last_t_ms: 1,
  note: "",
  delay: null,
  biases: [],
  ...changes,
});

test("a message of a sensor that lives changes nothing of what is seen; its silence does", () => {
  expect(coverageKey([radar({ last_t_ms: 2 })])).toBe(coverageKey([radar()]));
  expect(coverageKey([radar({ health: "degraded" })])).toBe(coverageKey([radar()]));
  expect(coverageKey([radar({ health: "lost" })])).not.toBe(coverageKey([radar()]));
  expect(coverageKey([radar({ place: { latitude_deg: 33.31, longitude_deg: 44.4, east_m: 0, north_m: 0, up_m: 0 } })])).not.toBe(coverageKey([radar()]));
});

test("a figure is the least around its place, north included", () => {
  const seconds = Array.from({ length: 72 }, () => 100);
  seconds[71] = 7;
  seconds[17] = 20;
  expect(figures(seconds, 12)).toEqual([7, 100, 100, 20, 100, 100, 100, 100, 100, 100, 100, 100]);
});

test("steps are by what is wanted", () => {
  expect([0, 14, 15, 29, 30, 59, 60, 300].map((one) => stepOf(one, 30))).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
  expect([bearing(4.6), bearing(359.7)]).toEqual(["005°", "000°"]);
});
