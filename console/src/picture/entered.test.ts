import { describe, expect, it } from "vitest";
import { atTime, isPlace } from "./entered";

describe("what people type", () => {
  it("is a place within the degrees that there are", () => {
    expect([isPlace("36.2", "43.9"), isPlace("91", "0"), isPlace("", "0"), isPlace("x", "0"), isPlace("-90", "180")]).toEqual([true, false, false, false, true]);
  });

  it("is a time of the site's day that has been", () => {
    const nowMs = Date.UTC(2026, 10, 27, 18, 30, 0); // 21:30 at the site
    expect(atTime("21:27:05", nowMs, 10_800)).toBe(Date.UTC(2026, 10, 27, 18, 27, 5));
    expect(atTime("21:31", nowMs, 10_800)).toBe(Date.UTC(2026, 10, 26, 18, 31, 0));
    expect(atTime("00:10", Date.UTC(2026, 10, 27, 21, 20, 0), 10_800)).toBe(Date.UTC(2026, 10, 27, 21, 10, 0));
    expect([atTime("24:00", nowMs, 0), atTime("noon", nowMs, 0), atTime("1:60", nowMs, 0)]).toEqual([null, null, null]);
  });
});
