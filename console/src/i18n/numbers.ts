/** How quantities are written. Western digits in both languages: they match radio, charts and sensors. */
import type { Bias } from "../wire";

const MINUS = "\u2212";

const UNKNOWN = "\u2013";

/** A value as written, a dash where there is none: never a nought that nobody measured. */
export function known(value: number | null | undefined, write: (value: number) => string): string {
  return value === null || value === undefined || !Number.isFinite(value) ? UNKNOWN : write(value);
}

/** A height with its one-sigma error, both whole. */
export function height(upM: number | null | undefined, sigmaM: number | null | undefined): string {
  const error = known(sigmaM, whole);
  return known(upM, whole) + (error === UNKNOWN ? "" : `\u00a0±${error}`);
}

export function seconds(value: number): string {
  return String(Math.max(0, Math.round(value)));
}

/** An age in the largest unit that tells enough: seconds below two minutes, minutes below two hours, then hours. */
export function age(ageS: number): { count: number; unit: "s" | "min" | "h" } {
  const whole = Math.max(0, Math.round(ageS));
  if (whole < 120) return { count: whole, unit: "s" };
  return whole < 7200 ? { count: Math.floor(whole / 60), unit: "min" } : { count: Math.floor(whole / 3600), unit: "h" };
}

/** Time left, the same everywhere: m:ss. What has run out is 0:00. */
export function timeLeft(value: number): string {
  const left = Math.max(0, Math.round(value));
  return `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
}

/** A whole number with a true minus; never "\u22120". */
export function whole(value: number): string {
  const rounded = Math.round(value);
  return rounded < 0 ? MINUS + String(-rounded) : String(rounded === 0 ? 0 : rounded);
}

/** A whole number that says which way: "+3", "\u22123", but plain "0". */
export function signed(value: number): string {
  return (Math.round(value) > 0 ? "+" : "") + whole(value);
}

/** A number with a true minus, and none before a zero. */
export function fixed(value: number, digits: number): string {
  const size = Math.abs(value).toFixed(digits);
  return value < 0 && Number(size) !== 0 ? MINUS + size : size;
}

export function kilometres(metres: number): string {
  return (metres / 1000).toFixed(metres < 9950 ? 1 : 0);
}

export function bearing(degrees: number): string {
  return `${String(Math.round(degrees) % 360).padStart(3, "0")}°`;
}

/** A bias and its one-sigma error, signed, in the unit of its sentence. */
export function biasWords(bias: Bias): { value: string; sigma: string } {
  const digits = bias.quantity === "range" ? 0 : 2;
  const size = Math.abs(bias.value).toFixed(digits);
  const sign = Number(size) === 0 ? "" : bias.value < 0 ? MINUS : "+";
  return { value: sign + size, sigma: bias.sigma.toFixed(digits) };
}

/** Time of day of UTC milliseconds at an offset from UTC. */
export function clock(tMs: number, offsetS: number): string {
  return new Date(tMs + offsetS * 1000).toISOString().slice(11, 19);
}

export function date(tMs: number, offsetS: number): string {
  return new Date(tMs + offsetS * 1000).toISOString().slice(0, 10);
}

/** "+03:00" of 10800. */
export function offset(offsetS: number): string {
  const minutes = Math.round(Math.abs(offsetS) / 60);
  const text = `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  return (offsetS < 0 ? MINUS : "+") + text;
}

/** A moment by the site's clock, with its date where that is not today's. */
export function moment(tMs: number, nowMs: number, offsetS: number): string {
  const day = date(tMs, offsetS);
  return day === date(nowMs, offsetS) ? clock(tMs, offsetS) : `${day} ${clock(tMs, offsetS)}`;
}
