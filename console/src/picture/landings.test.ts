import { describe, expect, it } from "vitest";
import { landings } from "./landings";

describe("when an object came down", () => {
  it("is when it was seen last, or later as predicted", () => {
    expect(landings({ last_t_ms: 500, predicted_t_ms: null })).toEqual([{ at: "seen", tMs: 500 }]);
    expect(landings({ last_t_ms: 500, predicted_t_ms: 900 })).toEqual([{ at: "predicted", tMs: 900 }, { at: "seen", tMs: 500 }]);
    expect(landings({ last_t_ms: 500, predicted_t_ms: 400 })).toEqual([{ at: "seen", tMs: 500 }]);
  });
});
