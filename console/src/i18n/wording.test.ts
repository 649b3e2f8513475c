import { describe, expect, it } from "vitest";
import { bearing, biasWords, clock, countdown, fixed, kilometres, offset, signed } from "./numbers";
import { pieces, plain, reasonPieces } from "./wording";

const text = (found: { text: string }[]): string => found.map((piece) => piece.text).join("");

describe("wording", () => {
  it("formats both forms of placeholders and marks what is inserted", () => {
    const found = pieces("Closing on {zone} for {duration_s:.0f} s", { zone: "A", duration_s: 12.6 });
    expect(text(found)).toBe("Closing on A for 13 s");
    expect(found.filter((piece) => piece.inserted).map((piece) => piece.text)).toEqual(["A", "13"]);
    expect(text(pieces("{x:.2f}", { x: 1 }))).toBe("1.00");
  });

  it("shows a missing value instead of hiding the sentence", () => {
    expect(text(pieces("in {time_s:.0f} s", {}))).toBe("in ? s");
  });

  it("shows the code of a reason that has no sentence, with its values", () => {
    const reason = { code: "nobody.knows", arguments: { zone_id: "z1", speed_mps: 3 }, decibans: null };
    expect(text(reasonPieces("ar", reason, (_, value) => value))).toBe("nobody.knows zone_id=z1 speed_mps=3");
  });

  it("isolates inserted values in plain text", () => {
    expect(plain("ar", "track.number", { id: 7 })).toContain("\u20687\u2069");
  });
});

describe("numbers", () => {
  it("counts down in seconds, then in minutes", () => {
    expect([countdown(-3), countdown(0.4), countdown(119.2), countdown(125)]).toEqual(["0", "0", "119", "2:05"]);
  });
  it("writes clocks at an offset", () => {
    expect(clock(0, 3 * 3600)).toBe("03:00:00");
    expect([offset(10_800), offset(-12_600)]).toEqual(["+03:00", "\u221203:30"]);
  });
  it("writes bearings with three digits and never 360", () => {
    expect([bearing(7), bearing(359.7)]).toEqual(["007°", "000°"]);
    expect([kilometres(940), kilometres(12_340)]).toEqual(["0.9", "12"]);
  });
  it("writes biases with their sign, and none of a zero", () => {
    const bias = { quantity: "azimuth", value: -0.468, sigma: 0.05, applied: true, large: false } as const;
    expect(biasWords(bias)).toEqual({ value: "\u2066\u22120.47°\u2069", sigma: "\u2066± 0.05°\u2069" });
    expect(biasWords({ ...bias, quantity: "range", value: 31.6, sigma: 2.2 })).toEqual({
      value: "\u2066+32\u2069",
      sigma: "\u2066± 2\u2069",
    });
    expect(biasWords({ ...bias, value: -0.004 }).value).toBe("\u20660.00°\u2069");
  });
  it("writes a zero without a sign", () => {
    expect([fixed(-0.4, 0), fixed(-1.2, 1), fixed(0.4, 0)]).toEqual(["0", "\u22121.2", "0"]);
    expect([signed(-0.4), signed(0.3), signed(7.6), signed(-2)]).toEqual(["0", "0", "+8", "\u22122"]);
    expect(text(pieces("{rate_mps:.0f} m/s", { rate_mps: -0.3 }))).toBe("0 m/s");
  });
});
