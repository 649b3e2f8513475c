import { describe, expect, it } from "vitest";
import { apartFrom, type Box, labelPlaces, meets, type Wanted } from "./label_places";

const frame: Box = { west: 0, top: 0, east: 400, bottom: 300 };
const around = (x: number, y: number, width: number, height: number): Box => ({ west: x - width / 2, top: y - height / 2, east: x + width / 2, bottom: y + height / 2 });
const wide = (x: number, y: number): Wanted => ({ named: around(x, y, 120, 40), width: 90, height: 16, needed: true });
const label = (x: number, y: number, needed = true): Wanted => ({ named: around(x, y, 30, 20), width: 90, height: 16, needed });

describe("labels", () => {
  it("stand on what they name where there is room", () => {
    expect(labelPlaces([wide(200, 150)], frame)).toMatchObject([around(200, 150, 90, 16)]);
  });

  it("stand just below what is smaller than they are", () => {
    expect(labelPlaces([label(200, 150)], frame)).toMatchObject([around(200, 170, 90, 16)]);
  });

  it("never stand on each other, however close their zones are", () => {
    const zones = [0, 1, 2, 3, 4, 5].map((number) => label(180 + 20 * (number % 3), 140 + 15 * Math.floor(number / 3)));
    const found = labelPlaces(zones, frame).map((box) => box!);
    found.forEach((one, place) => found.slice(place + 1).forEach((other) => expect(meets(one, other)).toBe(false)));
  });

  it("give way where there is no room, unless they are needed", () => {
    const small: Box = { west: 0, top: 0, east: 100, bottom: 18 };
    const [first, second] = labelPlaces([label(50, 9), label(50, 9, false)], small);
    expect([first !== null, second]).toEqual([true, null]);
    expect(labelPlaces([label(50, 9), label(50, 9)], small)[1]).not.toBeNull();
  });

  it("stay where they stood as long as there is room", () => {
    const [first] = labelPlaces([{ ...label(200, 150), stood: 2 }], frame);
    expect(first).toMatchObject({ spot: 2 });
    const [, second] = labelPlaces([{ ...label(200, 150), stood: 2 }, { ...label(200, 150), stood: 2 }], frame);
    expect(second!.spot).not.toBe(2);
  });

  it("stand nearer to what they name than to what another names", () => {
    const [box] = labelPlaces([label(200, 150), label(200, 185)], frame); // just below lies the other
    expect(box!.bottom).toBeLessThanOrEqual(150);
  });

  it("stay within the map", () => {
    const [box] = labelPlaces([label(395, 150)], frame);
    expect(box!.east).toBeLessThanOrEqual(frame.east);
  });
});

describe("numbers beside symbols", () => {
  it("give way to those that come before them", () => {
    expect(apartFrom([[0, 0], [20, 5], [60, 5], [25, 30]], 44, 18)).toEqual([true, false, true, true]);
  });
});
