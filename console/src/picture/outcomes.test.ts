import { describe, expect, it } from "vitest";
import { disagreement, isDown, presumed, proposal, type Outcome } from "./outcomes";

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

describe("what is presumed", () => {
  const seen = (outcome: Outcome, proposed: Outcome = "unknown") => ({ outcome, proposed });
  it("gives way to what somebody has said", () => {
    expect(presumed(seen("unknown", "landed"))).toBe("landed");
    expect(presumed(seen("stopped", "landed"))).toBe("stopped");
    expect([isDown(seen("unknown", "landed")), isDown(seen("stopped", "landed"))]).toEqual([true, false]);
  });
  it("is proposed for the attack as its gravest, where each object has something", () => {
    expect(proposal([seen("unknown", "landed"), seen("stopped")])).toBe("landed");
    expect(proposal([seen("unknown", "false_alarm"), seen("unknown", "false_alarm")])).toBe("false_alarm");
    expect(proposal([seen("unknown"), seen("unknown", "landed")])).toBe("unknown");
    expect(proposal([seen("unknown"), seen("stopped")])).toBe("unknown");
    expect(proposal([seen("missed"), ...Array.from({ length: 9 }, () => seen("unknown"))])).toBe("unknown");
    expect(proposal([seen("unknown"), seen("stopped"), seen("missed")])).toBe("missed");
    expect(proposal([])).toBe("unknown");
  });
});
