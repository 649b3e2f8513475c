/** What a person should look at once more before a warning is lowered. */
import type { Reason, Track, TrackDetail, ZoneThreat } from "../wire";

const NEAR_M = 3000;
const AGAINST_MAX = 4;

/** Whether calling a track a friend lowers a warning, or could: at ALERT or above, or near a zone. Not known is near. */
export function endangered(track: Track, detail: TrackDetail | null): boolean {
  if (track.level >= 2 || detail === null) return true;
  return detail.zones.some((zone) => zone.distance_m !== null && zone.distance_m <= NEAR_M);
}

/** The zone that is reached first; where no time is known, the nearest. */
export function nearest(detail: TrackDetail | null): ZoneThreat | null {
  if (detail === null || detail.zones.length === 0) return null;
  const rank = (zone: ZoneThreat): number => zone.time_to_impact_s ?? 1e6 + (zone.distance_m ?? 1e6);
  return [...detail.zones].sort((a, b) => rank(a) - rank(b))[0];
}

/** What makes it more hostile, the weightiest first. */
export function speaksAgainst(detail: TrackDetail | null): Reason[] {
  const against = (detail?.evidence ?? []).filter((reason) => (reason.decibans ?? 0) > 0);
  return against.sort((a, b) => (b.decibans ?? 0) - (a.decibans ?? 0)).slice(0, AGAINST_MAX);
}
