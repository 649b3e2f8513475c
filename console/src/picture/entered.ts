/** Places and times as people type them. Pure. */

const DAY_MS = 86_400_000;

/** Whether two texts are a latitude and a longitude in degrees. */
export function isPlace(latitude: string, longitude: string): boolean {
  const within = (text: string, most: number): boolean => text.trim() !== "" && Math.abs(Number(text)) <= most;
  return within(latitude, 90) && within(longitude, 180);
}

/** A time of the site's day, "21:27" or "21:27:05", as UTC: the last that has not yet to come; null where it is none. */
export function atTime(text: string, nowMs: number, offsetS: number): number | null {
  const found = /^([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text.trim());
  if (found === null) return null;
  const [hours, minutes, seconds] = [found[1], found[2], found[3] ?? "0"].map(Number);
  const midnightMs = Math.floor((nowMs + offsetS * 1000) / DAY_MS) * DAY_MS - offsetS * 1000;
  const tMs = midnightMs + ((hours * 60 + minutes) * 60 + seconds) * 1000;
  return tMs > nowMs ? tMs - DAY_MS : tMs;
}
