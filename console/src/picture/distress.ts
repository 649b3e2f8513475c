/** Who calls for help, or says that somebody has taken over: codes 7500 and 7700, told at once. */
import type { Track } from "../wire";

const CALLS = new Set(["unlawful_interference", "emergency"]);

export function isCalling(track: Track): boolean {
  return track.claim !== null && CALLS.has(track.claim.distress);
}

/** Those who call, the one taken over first, then by number. */
export function calling(tracks: Iterable<Track>): Track[] {
  const rank = (track: Track): number => (track.claim?.distress === "unlawful_interference" ? 0 : 1);
  return [...tracks].filter(isCalling).sort((a, b) => rank(a) - rank(b) || a.track_id - b.track_id);
}
