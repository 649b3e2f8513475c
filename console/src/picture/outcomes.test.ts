import { describe, expect, it } from "vitest";
import { disagreement, type Outcome } from "./outcomes";

const objects = (...outcomes: Outcome[]) => outcomes.map((outcome) => ({ outcome }));

describe("the outcome of an attack", () => {
  it("agrees with the gravest of its objects", () => {
    expect(disagreement("missed", objects("stopped", "missed"))).toBeNull();
    expect(disagreement("unknown", objects("landed"))).toBeNull();
  });

  it("contradicts an object that is recorded as graver", () => {
    expect(disagreement("stopped", objects("stopped", "landed"))).toBe("milder");
  });

  it("is graver than anything recorded", () => {
    expect(disagreement("landed", objects("stopped", "unknown"))).toBe("graver");
  });

  it("stands for nothing recorded", () => {
    expect(disagreement("stopped", objects("unknown"))).toBe("unrecorded");
  });
});
