import { describe, expect, it } from "vitest";
import { bearing, biasWords, clock, fixed, height, kilometres, known, offset, signed, timeLeft, whole } from "./numbers";
import { notePieces } from "./sensor_note";
import { countedTemplate, pieces, plain, reasonPieces, template } from "./wording";

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
    expect(plain("ar", "track.number", { id: 7 })).toContain("\u20667\u2069");
    expect(plain("ar", "track.number", { id: "A" })).toContain("\u2068A\u2069");
  });
});

describe("figures", () => {
  const figures = (template: string): string[] =>
    pieces(template, { value: "+0.22", sigma: "0.03", name: "Camera 2", low: 3, high: 9 })
      .filter((piece) => piece.figure)
      .map((piece) => piece.text);

  it("keep sign, degrees and error together", () => {
    expect(figures("مائل بمقدار {value}° (± {sigma}) في")).toEqual(["+0.22° (± 0.03)"]);
    expect(figures("السمت {value}° ± {sigma}")).toEqual(["+0.22° ± 0.03"]);
    expect(figures("المدى {value} ± {sigma} م: اطلب")).toEqual(["+0.22 ± 0.03"]);
    expect(figures("{low}–{high}")).toEqual(["3–9"]);
  });

  it("have their error beside them in every sentence, and the unit after both", () => {
    for (const language of ["ar", "en"] as const) {
      for (const quantity of ["range", "azimuth", "elevation", "clock"] as const) {
        const degree = quantity === "azimuth" || quantity === "elevation" ? "°" : "";
        const figure = `+0.22${degree} ± 0.03${degree}`;
        expect(figures(template(language, `bias.${quantity}`))).toEqual([figure]);
        expect(figures(template(language, `sensor.off.${quantity}`))).toEqual([figure]);
      }
    }
  });

  it("are not names with a number in them", () => {
    expect(figures("{name}: {value}")).toEqual(["+0.22"]);
  });
});

describe("counted sentences", () => {
  it("follow the number", () => {
    expect([1, 2].map((count) => countedTemplate("en", "threats.more", count))).toEqual([
      "Show 1 more, less pressing",
      "Show {count} more, less pressing",
    ]);
    const arabic = [1, 2, 3, 11, 100].map((count) => countedTemplate("ar", "alarm.objects", count));
    expect(new Set(arabic).size).toBe(5);
    expect(countedTemplate("ar", "threats.more", 7)).toBe(countedTemplate("ar", "threats.more", 100));
  });
});

describe("what a sensor says", () => {
  const said = (note: string): string => text(notePieces("ar", note));

  it("is translated where the site or the standard knows the words", () => {
    expect(said("no line for 30 s")).toMatch(/^[^a-z]*30[^a-z]*$/);
    expect(said("connection closed")).not.toMatch(/[a-z]/);
    expect(said("weather; clutter")).not.toMatch(/[a-z]/);
  });

  it("stays as it came where it is the sensor's own", () => {
    expect(said("Bearing 12° worn")).toBe("Bearing 12° worn");
    expect(said("internal fault: fan stopped")).toMatch(/[\u0600-\u06ff].*: fan stopped$/);
  });
});

describe("numbers", () => {
  it("writes time left one way", () => {
    expect([-3, 0.4, 18, 119.6, 217].map(timeLeft)).toEqual(["0:00", "0:00", "0:18", "2:00", "3:37"]);
  });
  it("never writes minus nought", () => {
    expect([-0.4, -0, 0.4, -0.6, 12].map(whole)).toEqual(["0", "0", "0", "\u22121", "12"]);
    expect([fixed(-0.4, 0), fixed(-1.2, 1), fixed(0.4, 0)]).toEqual(["0", "\u22121.2", "0"]);
    expect(text(pieces("{rate_mps:.0f} m/s", { rate_mps: -0.3 }))).toBe("0 m/s");
    expect([-0.4, 0.4, 0.6, -2].map(signed)).toEqual(["0", "0", "+1", "\u22122"]);
  });
  it("writes no nought where nothing is known", () => {
    expect([known(undefined, whole), known(NaN, kilometres), known(0, whole)]).toEqual(["–", "–", "0"]);
    expect([height(210.4, 19.6), height(210, undefined), height(undefined, 4)]).toEqual(["210\u00a0±20", "210", "–\u00a0±4"]);
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
    expect(biasWords(bias)).toEqual({ value: "\u22120.47", sigma: "0.05" });
    expect(biasWords({ ...bias, quantity: "range", value: 31.6, sigma: 2.2 })).toEqual({ value: "+32", sigma: "2" });
    expect(biasWords({ ...bias, value: -0.004 }).value).toBe("0.00");
  });
});
