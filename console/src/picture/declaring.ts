/** What a person enters of a flight, and what is declared of it. */
import type { DeclaredFlight } from "../link/api";
import { apart, type Point } from "../map/geometry";

export interface Entered {
  name: string;
  operator: string;
  phone: string;
  kind: string;
  make: string;
  icao: string;
  remote_id: string;
  callsign: string;
  friend_tag: string;
  shape: "anywhere" | "circle" | "polygon" | "route";
  places: string;
  extent: string;
  low: string;
  high: string;
  from: string;
  until: string;
  remarks: string;
}

export const LABELS = ["remote_id", "icao", "callsign", "friend_tag"] as const;
const HOUR_MS = 3_600_000;
const HOURS = 2;

/** A blank form: from now, for two hours. */
export function blank(nowMs: number, offsetS: number): Entered {
  const texts = { name: "", operator: "", phone: "", make: "", icao: "", remote_id: "", callsign: "", friend_tag: "", remarks: "" };
  return {
    ...texts,
    kind: "multirotor",
    shape: "circle",
    places: "",
    extent: "300",
    low: "0",
    high: "120",
    from: localTime(nowMs, offsetS),
    until: localTime(nowMs + HOURS * HOUR_MS, offsetS),
  };
}

/** UTC milliseconds as a field for local times has it. */
export function localTime(tMs: number, offsetS: number): string {
  return new Date(tMs + offsetS * 1000).toISOString().slice(0, 16);
}

/** What cannot be as it is: a field, or what is wrong with the places. */
export type Fault = keyof Entered | "places.circle" | "places.polygon" | "places.route" | "places.far";

const FAR_M = 100_000; // a flight farther away is none of this site

/** The first thing that cannot be as it is, or null. */
export function faultOf(entered: Entered, offsetS: number, site: Point): Fault | null {
  if (entered.name.trim() === "") return "name";
  const identified = LABELS.some((label) => entered[label].trim() !== "");
  if (entered.shape === "anywhere" && !identified) return "remote_id";
  if (entered.shape !== "anywhere") {
    const places = placesOf(entered.places);
    const least = { circle: 1, polygon: 3, route: 2 }[entered.shape];
    if (places === null || places.length < least || (entered.shape === "circle" && places.length > 1)) return `places.${entered.shape}`;
    if (places.some(([latitude, longitude]) => apart(site, [longitude, latitude]) > FAR_M)) return "places.far";
    if (entered.shape !== "polygon" && !(Number(entered.extent) >= 1)) return "extent";
  }
  const [low, high] = [heightOf(entered.low), heightOf(entered.high)];
  if (Number.isNaN(low ?? 0)) return "low";
  if (Number.isNaN(high ?? 0) || (low !== null && high !== null && high < low)) return "high";
  const [from, until] = [timeOf(entered.from, offsetS), timeOf(entered.until, offsetS)];
  if (Number.isNaN(from)) return "from";
  return until > from ? null : "until";
}

/** The declaration of a form without fault. */
export function declarationOf(entered: Entered, offsetS: number, nowMs: number): DeclaredFlight {
  const circle = entered.shape === "circle" || entered.shape === "route";
  return {
    flight_id: `form-${Math.round(nowMs).toString(36)}`,
    name: entered.name.trim(),
    operator: entered.operator.trim(),
    phone: entered.phone.trim(),
    kind: entered.kind,
    make: entered.make.trim(),
    labels: LABELS.flatMap((label) => {
      const written = entered[label].trim().toLowerCase();
      return written === "" ? [] : [`${label}:${label === "callsign" ? written.replace(/\s+/g, "") : written}`];
    }),
    shape: entered.shape,
    places: entered.shape === "anywhere" ? [] : (placesOf(entered.places) ?? []),
    extent_m: circle ? Number(entered.extent) : 0,
    low_m: heightOf(entered.low),
    high_m: heightOf(entered.high),
    from_t_ns: timeOf(entered.from, offsetS) * 1e6,
    until_t_ns: timeOf(entered.until, offsetS) * 1e6,
    remarks: entered.remarks.trim(),
    source: "form",
  };
}

/** "33.31 44.40; 33.32 44.41" as places, latitude first; null where that cannot be read. */
export function placesOf(written: string): [number, number][] | null {
  const places: [number, number][] = [];
  for (const part of written.split(/[;؛\n]/).filter((text) => text.trim() !== "")) {
    const numbers = part.trim().split(/[\s,،]+/).map(Number);
    if (numbers.length !== 2 || numbers.some(Number.isNaN)) return null;
    if (Math.abs(numbers[0]) > 90 || Math.abs(numbers[1]) > 180) return null;
    places.push([numbers[0], numbers[1]]);
  }
  return places;
}

const heightOf = (written: string): number | null => (written.trim() === "" ? null : Number(written));

/** The moment of a field for a date and a time, by the site's clock, as UTC ms; NaN where it holds none. */
export const timeOf = (written: string, offsetS: number): number => (written === "" ? NaN : Date.parse(`${written}:00Z`)) - offsetS * 1000; // a browser makes a time of ":00Z"
