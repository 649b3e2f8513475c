/** Track symbols of MIL-STD-2525D, all drawn once into one image. */
import ms from "milsymbol";
import type { SiteInfo, Track } from "../wire";

type Identity = Track["identity"];
type ClassName = Track["class_name"];

const IDENTITY_DIGIT: Record<Identity, string> = {
  pending: "0",
  unknown: "1",
  assumed_friend: "2",
  friend: "3",
  neutral: "4",
  suspect: "5",
  hostile: "6",
};

/** Colour of the frame by identity (MIL-STD-2525D, light), for what is drawn hollow. */
const FRAME_COLOUR: Record<Identity, string> = {
  pending: "#ffff80",
  unknown: "#ffff80",
  assumed_friend: "#80e0ff",
  friend: "#80e0ff",
  neutral: "#aaffaa",
  suspect: "#ff8080",
  hostile: "#ff8080",
};

/** Symbol set, entity and first modifier (MIL-STD-2525D tables A-VII and following). */
const CLASS_CODE: Record<ClassName, { set: string; entity: string }> = {
  owa: { set: "01", entity: "1103000100" }, // unmanned aircraft, attack
  fixedwing_small: { set: "01", entity: "1103000000" },
  multirotor: { set: "01", entity: "1104000000" }, // vertical take-off unmanned aircraft
  ballistic: { set: "02", entity: "1100000000" }, // missile
  crewed: { set: "01", entity: "1201000000" }, // civilian fixed wing
  balloon: { set: "01", entity: "1204000000" },
  bird: { set: "01", entity: "0000000000" },
  unknown: { set: "01", entity: "0000000000" },
};
const CONTEXT: Record<SiteInfo["mode"], string> = { live: "0", exercise: "1", test: "2" };

/** The 20 digits that name a symbol. */
export function symbolCode(identity: Identity, className: ClassName, mode: SiteInfo["mode"]): string {
  const { set, entity } = CLASS_CODE[className];
  return `10${CONTEXT[mode]}${IDENTITY_DIGIT[identity]}${set}0000${entity}`;
}

const CELL = 96;
const SIZE = 52;

export interface Atlas {
  image: HTMLCanvasElement;
  mapping: Record<string, { x: number; y: number; width: number; height: number; anchorX: number; anchorY: number; mask: boolean }>;
}

/** Hollow: only the frame's outline, for a place that is thought to be false. */
export const iconName = (identity: Identity, className: ClassName, hollow = false): string => `${identity}/${className}${hollow ? "/hollow" : ""}`;

/** How a symbol is filled: hollow is drawn in the colour of its frame alone. */
function filling(identity: Identity, hollow: boolean): { fill?: boolean; monoColor?: string } {
  return hollow ? { fill: false, monoColor: FRAME_COLOUR[identity] } : {};
}

function drawn(identity: Identity, className: ClassName, hollow: boolean): HTMLCanvasElement & { anchor: { x: number; y: number } } {
  // live context on the map: the strip across the screen says that it is an exercise
  const symbol = new ms.Symbol(symbolCode(identity, className, "live"), {
    size: SIZE,
    outlineColor: "rgba(6,10,14,0.85)",
    outlineWidth: 6,
    civilianColor: false, // the frame colour says friend or not, also for civil aircraft
    ...filling(identity, hollow),
  });
  return Object.assign(symbol.asCanvas(1), { anchor: symbol.getAnchor() });
}

/** Every identity of every class in one image. */
export function symbolAtlas(): Atlas {
  const identities = Object.keys(IDENTITY_DIGIT) as Identity[];
  const classes = Object.keys(CLASS_CODE) as ClassName[];
  const image = document.createElement("canvas");
  image.width = CELL * classes.length * 2; // filled ones, then hollow ones
  image.height = CELL * identities.length;
  const context = image.getContext("2d")!;
  const mapping: Atlas["mapping"] = {};
  const draw = (identity: Identity, className: ClassName, hollow: boolean, x: number, y: number): void => {
    const symbol = drawn(identity, className, hollow);
    context.drawImage(symbol, x, y);
    mapping[iconName(identity, className, hollow)] = {
      x,
      y,
      width: CELL,
      height: CELL,
      anchorX: symbol.anchor.x,
      anchorY: symbol.anchor.y,
      mask: false,
    };
  };
  identities.forEach((identity, down) =>
    classes.forEach((className, across) => {
      draw(identity, className, false, across * CELL, down * CELL);
      draw(identity, className, true, (across + classes.length) * CELL, down * CELL);
    }),
  );
  return { image, mapping };
}

/** One symbol as an image address, for lists. */
const addresses = new Map<string, string>();
export function symbolAddress(identity: Identity, className: ClassName, hollow = false): string {
  const name = iconName(identity, className, hollow);
  let address = addresses.get(name);
  if (address === undefined) {
    const svg = new ms.Symbol(symbolCode(identity, className, "live"), { size: 26, civilianColor: false, ...filling(identity, hollow) }).asSVG();
    address = `data:image/svg+xml;utf8,${encodeURIComponent(svg)}`;
    addresses.set(name, address);
  }
  return address;
}
