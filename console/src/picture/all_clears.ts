/** All-clears that stand: each zone's with its own deadline, and what taking some of them back is told to the site. Pure. */
import type { StandingAllClear } from "../wire";

/** Those that can still be taken back, what has least time for it first. */
export function standing(all: StandingAllClear[], nowMs: number): StandingAllClear[] {
  return all.filter((one) => one.until_t_ms > nowMs).sort((a, b) => a.until_t_ms - b.until_t_ms);
}

/** The zones to name to the site, one word each: "" for every zone where all are meant that stand. */
export function takenBackBy(zoneIds: string[], all: StandingAllClear[]): string[] {
  const whole = all.length > 1 && all.every(({ zone_id }) => zoneIds.includes(zone_id));
  return whole || zoneIds.includes("") ? [""] : zoneIds;
}
