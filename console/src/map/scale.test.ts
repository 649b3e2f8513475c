import { expect, it } from "vitest";
import { roundBelow } from "./scale";

it("takes the longest round distance that fits", () => {
  expect([1, 4.9, 7, 160, 1999, 12_000].map(roundBelow)).toEqual([1, 2, 5, 100, 1000, 10_000]);
});
