/** What the sensors see, as features of the map. */
import { bearing, figures, stepOf } from "../picture/coverage";
import type { CoverageMap } from "../wire";
import type { Point } from "./geometry";

/** A coverage and the height at which its seconds are shown. */
export interface Seen {
  map: CoverageMap;
  level: number;
}

export interface Named {
  text: string;
  at: Point;
  className: string;
}

const LEFT_TO_RIGHT = "\u2066"; // two bearings are a figure, which runs so in either language
const END_ISOLATE = "\u2069";

/** What is seen at the height that is shown, and at no other: shades of one colour on each other are told apart by nobody. */
export function seenFeatures({ map, level }: Seen): GeoJSON.Feature[] {
  return map.bands.slice(level, level + 1).map((band) => ({
    type: "Feature",
    properties: {},
    geometry: { type: "MultiPolygon", coordinates: band.area },
  }));
}

export function holeFeatures({ map }: Seen): GeoJSON.Feature[] {
  return map.holes.map((hole) => ({ type: "Feature", properties: {}, geometry: { type: "MultiPolygon", coordinates: hole.area } }));
}

export function secondFeatures({ map, level }: Seen): GeoJSON.Feature[] {
  const seconds = map.bands[level]?.warning_s ?? [];
  return seconds.map((value, sector) => ({
    type: "Feature",
    properties: { step: stepOf(value, map.wanted_s) },
    geometry: { type: "Polygon", coordinates: [map.sectors[sector]] },
  }));
}

/** The figures outside of the ring, and the names of holes. */
export function namesOf({ map, level }: Seen, unit: string): Named[] {
  const seconds = map.bands[level]?.warning_s ?? null;
  const told = seconds === null ? [] : figures(seconds, map.labels.length).map((value, place) => ({ text: `${Math.floor(value)} ${unit}`, at: map.labels[place] as Point, className: "seconds-label" }));
  const holes = map.holes
    .filter((hole) => hole.to_deg - hole.from_deg < 360)
    .map((hole) => ({
      text: [`${LEFT_TO_RIGHT}${bearing(hole.from_deg)}–${bearing(hole.to_deg)}${END_ISOLATE}`, ...(hole.warning_s === null ? [] : [`${Math.floor(hole.warning_s)} ${unit}`])].join(" · "),
      at: hole.label as Point,
      className: "hole-label",
    }));
  return [...holes, ...told];
}

/** Diagonal lines, as an image for a fill pattern. */
export function hatch(colour: string): ImageData {
  const size = 16;
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = size;
  const pen = canvas.getContext("2d");
  if (pen === null) return new ImageData(size, size);
  pen.strokeStyle = colour;
  pen.lineWidth = 3;
  for (const shift of [-size, 0, size]) {
    pen.beginPath();
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
    pen.stroke();
  }
  return pen.getImageData(0, 0, size, size);
}
