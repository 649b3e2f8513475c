import { describe, expect, it } from "vitest";
import { held } from "./held_order";

describe("a held order", () => {
  it("keeps what was listed where it was", () => {
    expect(held(["a", "b", "c"], ["c", "a", "b"])).toEqual(["a", "b", "c"]);
  });

  it("appends what is new and drops what is gone", () => {
    expect(held(["a", "b", "c"], ["d", "c", "a"])).toEqual(["a", "c", "d"]);
  });
});
