/** How quantities are written. Western digits in both languages: they match radio, charts and sensors. */
import type { Bias } from "../wire";

export function seconds(value: number): string {
  return String(Math.max(0, Math.round(value)));
}

/** Whether a countdown is so short that it is written in seconds alone. */
export function isPlainSeconds(value: number): boolean {
  return Math.round(value) < 120;
}

/** Seconds as m:ss above two minutes, plain seconds below. */
export function countdown(value: number): string {
  const whole = Math.max(0, Math.round(value));
  if (isPlainSeconds(value)) return String(whole);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

export function kilometres(metres: number): string {
  return (metres / 1000).toFixed(metres < 9950 ? 1 : 0);
}

export function bearing(degrees: number): string {
  return `${String(Math.round(degrees) % 360).padStart(3, "0")}°`;
}

/** A number with a true minus sign, and none before a zero. */
export function fixed(value: number, digits: number): string {
  const size = Math.abs(value).toFixed(digits);
  return value < 0 && Number(size) !== 0 ? "\u2212" + size : size;
}

/** A number with its sign, also a plus; a zero has none. */
export function signed(value: number, digits = 0): string {
  const text = fixed(value, digits);
  return value > 0 && Number(text) !== 0 ? "+" + text : text;
}

/**
 * A bias and its one-sigma error with their signs, in degrees with the unit; metres and seconds are named by
 * the sentence. Each is set apart as left to right, or an Arabic sentence would turn signs and units round.
 */
export function biasWords(bias: Bias): { value: string; sigma: string } {
  const digits = bias.quantity === "range" ? 0 : 2;
  const unit = bias.quantity === "azimuth" || bias.quantity === "elevation" ? "°" : "";
  const value = signed(bias.value, digits);
  return { value: leftToRight(value + unit), sigma: leftToRight(`± ${bias.sigma.toFixed(digits)}${unit}`) };
}

/** Signs, digits and their unit as they are read in every language. */
function leftToRight(text: string): string {
  return `\u2066${text}\u2069`;
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
  return (offsetS < 0 ? "\u2212" : "+") + text;
}
