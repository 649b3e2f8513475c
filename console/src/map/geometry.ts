/** Small-area geometry on the map: metres to degrees around a place. */
export type Point = [longitude: number, latitude: number];

const METRES_PER_DEGREE = 111_320; // along a meridian, mean; shown shapes need no more

/** The point so many metres east and north of another. */
export function moved(from: Point, eastM: number, northM: number): Point {
  const latitude = from[1] + northM / METRES_PER_DEGREE;
  return [from[0] + eastM / (METRES_PER_DEGREE * Math.cos((from[1] * Math.PI) / 180)), latitude];
}

/** Metres between two points of a small area. */
export function apart(from: Point, to: Point): number {
  const east = (to[0] - from[0]) * Math.cos((from[1] * Math.PI) / 180);
  return Math.hypot(east, to[1] - from[1]) * METRES_PER_DEGREE;
}

const HOME_MIN_M = 1500;
const HOME_MAX_M = 9000;

/** How far around a site the map opens: five times as far as its zones reach, within what a drone flies in minutes. */
export function homeReach(zonesReachM: number): number {
  return Math.min(HOME_MAX_M, Math.max(HOME_MIN_M, 5 * zonesReachM));
}

/** Closed outline of an ellipse; orientation of the long axis in degrees from north. */
export function ellipse(at: Point, majorM: number, minorM: number, orientationDeg: number, corners = 36): Point[] {
  const turn = (orientationDeg * Math.PI) / 180;
  const ring: Point[] = [];
  for (let corner = 0; corner <= corners; corner++) {
    const angle = (corner / corners) * 2 * Math.PI;
    const along = majorM * Math.cos(angle);
    const across = minorM * Math.sin(angle);
    const east = along * Math.sin(turn) + across * Math.cos(turn);
    const north = along * Math.cos(turn) - across * Math.sin(turn);
    ring.push(moved(at, east, north));
  }
  return ring;
}

export const circle = (at: Point, radiusM: number): Point[] => ellipse(at, radiusM, radiusM, 0, 96);

/** Closed outline of a sector between two ranges, azimuths in degrees from north. */
export function sector(at: Point, minM: number, maxM: number, fromDeg: number, widthDeg: number): Point[] {
  if (widthDeg >= 359.9) return circle(at, maxM);
  const arc = (radius: number, from: number, width: number): Point[] => {
    const steps = Math.max(2, Math.ceil(Math.abs(width) / 4));
    return Array.from({ length: steps + 1 }, (_, step) => {
      const angle = ((from + (width * step) / steps) * Math.PI) / 180;
      return moved(at, radius * Math.sin(angle), radius * Math.cos(angle));
    });
  };
  const ring = [...arc(maxM, fromDeg, widthDeg), ...(minM > 0 ? arc(minM, fromDeg + widthDeg, -widthDeg) : [at])];
  return [...ring, ring[0]];
}

/** Range rings that suit a view of so many metres: 4 or 5 round steps. */
export function ringSteps(viewM: number): number[] {
  const rough = viewM / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= rough * 0.8) ?? 10 * power;
  return [1, 2, 3, 4, 5].map((number) => number * step);
}
