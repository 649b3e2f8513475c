import { describe, expect, it } from "vitest";
import { told } from "./zone_name";

describe("told", () => {
  it("puts what distinguishes first", () => {
    expect(told("المدرج الشمالي", ["المدرج الجنوبي", "المعسكر الشمالي"])).toEqual({ own: "الشمالي", shared: "المدرج" });
    expect(told("مهبط المروحيات الأول", ["مهبط المروحيات الثاني"])).toEqual({ own: "الأول", shared: "مهبط المروحيات" });
  });

  it("leaves alone what shares no beginning, or is all beginning", () => {
    expect(told("المعسكر الشمالي", ["المدرج الشمالي"])).toEqual({ own: "المعسكر الشمالي", shared: "" });
    expect(told("المدرج", ["المدرج الشمالي"])).toEqual({ own: "المدرج", shared: "" });
    expect(told("البوابة", [])).toEqual({ own: "البوابة", shared: "" });
  });
});
