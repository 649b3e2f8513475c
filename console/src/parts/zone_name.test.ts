import { describe, expect, it } from "vitest";
import { told } from "./zone_name";

describe("told", () => {
  it("puts what distinguishes first, in either language", () => {
    expect(told("North runway", ["South runway", "Perimeter"])).toEqual({ own: "North", shared: "runway" });
    expect(told("Runway north", ["Runway south"])).toEqual({ own: "north", shared: "Runway" });
    expect(told("المدرج الشمالي", ["المدرج الجنوبي"])).toEqual({ own: "الشمالي", shared: "المدرج" });
  });

  it("leaves alone what shares nothing, or is all shared", () => {
    expect(told("Perimeter", ["Operations"])).toEqual({ own: "Perimeter", shared: "" });
    expect(told("Runway", ["Runway north"])).toEqual({ own: "Runway", shared: "" });
    expect(told("Gate", [])).toEqual({ own: "Gate", shared: "" });
  });
});
