/** Where the labels of a map go: on or beside what they name, never on each other. Pixels, y downwards. */

export interface Box {
  west: number;
  top: number;
  east: number;
  bottom: number;
}

export interface Wanted {
  /** The outline of what it names. */
  named: Box;
  width: number;
  height: number;
  /** Shown even where it cannot but cover another. */
  needed: boolean;
  /** The number of the spot where it stood last: it stays there as long as it can. */
  stood?: number;
}

const GAP_PX = 2;
const STEPS_PX = [0, 12, 26, 44, 66];
const DIRECTIONS = [[0, 1], [0, -1], [1, 0], [-1, 0], [1, 1], [-1, 1], [1, -1], [-1, -1]];

export const meets = (one: Box, other: Box): boolean =>
  one.west < other.east && other.west < one.east && one.top < other.bottom && other.top < one.bottom;

/** How far two boxes are apart, in pixels; 0 where they meet. */
function apart(one: Box, other: Box): number {
  const across = Math.max(0, one.west - other.east, other.west - one.east);
  const down = Math.max(0, one.top - other.bottom, other.top - one.bottom);
  return Math.hypot(across, down);
}

/** A label in its place, and the number of the spot that this is. */
export interface Placed extends Box {
  spot: number;
}

/**
 * The box of each label, in the order of their importance; null where one that is not needed has no room.
 *
 * A label stands where it stood before; it stands nowhere nearer to what another names, as long as there is a choice.
 */
export function labelPlaces(wanted: Wanted[], frame: Box): (Placed | null)[] {
  let best = placesOf(wanted, frame, true, true);
  // that none lies on another counts for more than that each keeps its place, or is nearest to its own
  for (const isOwn of [true, false]) {
    if (onEachOther(best) === 0) break;
    const other = placesOf(wanted, frame, false, isOwn);
    if (onEachOther(other) < onEachOther(best)) best = other;
  }
  return best;
}

/** How many pairs lie on each other. */
const onEachOther = (places: (Placed | null)[]): number =>
  places.reduce((count, one, at) => count + places.slice(at + 1).filter((other) => one !== null && other !== null && meets(one, other)).length, 0);

function placesOf(wanted: Wanted[], frame: Box, areKept: boolean, areOwn: boolean): (Placed | null)[] {
  const taken: Box[] = [];
  return wanted.map((label) => {
    const spots = spotsOf(label).map((box, spot): Placed => ({ ...box, spot }));
    if (!meets(label.named, frame)) return spots[0]; // nobody sees it
    const inside = spots.filter(({ west, top, east, bottom }) => west >= frame.west && east <= frame.east && top >= frame.top && bottom <= frame.bottom);
    const covered = (spot: Box): number => taken.filter((other) => meets(spot, other)).length;
    const clear = inside.filter((spot) => covered(spot) === 0);
    const own = clear.filter((spot) => wanted.every((other) => other === label || apart(spot, other.named) > apart(spot, label.named) || apart(other.named, label.named) === 0));
    const choice = areOwn && own.length > 0 ? own : clear;
    let best = choice.find(({ spot }) => areKept && spot === label.stood) ?? choice[0] ?? null;
    if (best === null && label.needed) {
      best = (inside.length > 0 ? inside : spots).reduce((least, spot) => (covered(spot) < covered(least) ? spot : least));
    }
    if (best !== null) taken.push(best);
    return best;
  });
}

function spotsOf({ named, width, height }: Wanted): Box[] {
  const x = (named.west + named.east) / 2;
  const y = (named.top + named.bottom) / 2;
  const besideX = (named.east - named.west + width) / 2 + GAP_PX;
  const besideY = (named.bottom - named.top + height) / 2 + GAP_PX;
  const fits = width <= named.east - named.west && height <= named.bottom - named.top;
  const middles: [number, number][] = fits ? [[x, y]] : []; // an outline through a name makes it hard to read
  for (const step of STEPS_PX) {
    for (const [across, down] of DIRECTIONS) middles.push([x + across * (besideX + step), y + down * (besideY + step)]);
  }
  return middles.map(([west, top]) => ({ west: west - width / 2, top: top - height / 2, east: west + width / 2, bottom: top + height / 2 }));
}

/** Which of equal labels at these middles have room, the earlier ones first: none lies on one that stands. */
export function apartFrom(middles: [number, number][], across: number, down: number): boolean[] {
  const standing: [number, number][] = [];
  return middles.map(([x, y]) => {
    const clear = standing.every(([otherX, otherY]) => Math.abs(x - otherX) >= across || Math.abs(y - otherY) >= down);
    if (clear) standing.push([x, y]);
    return clear;
  });
}
