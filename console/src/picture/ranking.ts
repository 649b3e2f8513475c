/** The order of the threat list. */
import type { Alarm, Track } from "../wire";

/** Most dangerous first: level, then score, then the number, so that equals never change places. */
export function ranked(tracks: Iterable<Track>, levelMin: number, most: number): { shown: Track[]; all: number } {
  const chosen: Track[] = [];
  for (const track of tracks) if (track.level >= levelMin) chosen.push(track);
  chosen.sort((a, b) => b.level - a.level || b.score - a.score || a.track_id - b.track_id);
  return { shown: chosen.slice(0, most), all: chosen.length };
}

/** Alarms nobody has acknowledged, most urgent first. */
export function unacknowledged(alarms: Alarm[]): Alarm[] {
  return alarms.filter((alarm) => alarm.state === "active" && alarm.acknowledged_t_ms === null);
}

/** Worst stage of the active alarms of each zone. */
export function zoneStages(alarms: Alarm[]): Map<string, number> {
  const stages = new Map<string, number>();
  for (const alarm of alarms) {
    if (alarm.state !== "active") continue;
    stages.set(alarm.zone_id, Math.max(stages.get(alarm.zone_id) ?? 0, alarm.stage));
  }
  return stages;
}
