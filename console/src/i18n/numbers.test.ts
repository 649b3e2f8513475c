import { describe, expect, it } from "vitest";
import { age } from "./numbers";

describe("an age", () => {
  it("is in seconds below two minutes, then in minutes, then in hours", () => {
    expect([0, 119, 120, 861, 7199, 7200].map(age).map(({ count, unit }) => `${count} ${unit}`)).toEqual([
      "0 s",
      "119 s",
      "2 min",
      "14 min",
      "119 min",
      "2 h",
    ]);
  });
});
