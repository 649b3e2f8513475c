/**
 * Where tracks were: dots for all of them, lines for the dangerous ones. Bounded in time and number.
 * The newest points are as the picture showed them; once the site has smoothed that time, its points
 * take their place.
 */
import type { PictureState } from "../picture/state";
import type { Trail } from "../wire";

const STEP_MS = 3000;
const DOT_LIFE_MS = 45_000;
const DOTS_MAX = 20_000; // 15 dots each of 1,300 tracks, 4 each of 5,000: more would cost the drawing its pace
const LINE_LIFE_MS = 300_000;
const LINES_MAX = 200;

export interface Line {
  trackId: number;
  level: number;
  path: [number, number][];
  times: number[];
  /** how many points at the start are smoothed */
  settled: number;
}

export class Trails {
  /** longitude, latitude pairs of `count` dots, oldest first; `settled` of them are smoothed */
  dots = new Float32Array(DOTS_MAX * 2);
  count = 0;
  lines = new Map<number, Line>();
  private settled = 0;
  private times = new Float64Array(DOTS_MAX);
  private lastMs = -Infinity;
  private settledMs = -Infinity;

  /** Note where everything is and was; true if the trails changed. */
  note(state: PictureState): boolean {
    const nowMs = state.tMs - state.utcOffsetMs; // steady: a clock that is set must not end the trails
    if (nowMs < this.lastMs) this.clear(); // another recording
    const settledMs = state.trail === null ? -Infinity : state.trail.t_ms - state.utcOffsetMs;
    const settles = settledMs - this.settledMs >= STEP_MS;
    if (settles) this.settle(state.trail!, settledMs);
    if (nowMs - this.lastMs < STEP_MS) return settles;
    this.lastMs = nowMs;
    this.forget(nowMs - DOT_LIFE_MS, state.motion.length);
    const { latitude_deg: latitude, longitude_deg: longitude } = state.motion.columns;
    const fits = Math.min(state.motion.length, DOTS_MAX - this.count);
    for (let row = 0; row < fits; row++) {
      this.dots[this.count * 2] = longitude[row];
      this.dots[this.count * 2 + 1] = latitude[row];
      this.times[this.count++] = nowMs;
    }
    this.noteLines(state, nowMs);
    return true;
  }

  clear(): void {
    this.count = 0;
    this.settled = 0;
    this.lines.clear();
    this.lastMs = -Infinity;
    this.settledMs = -Infinity;
  }

  /** Put smoothed points in the place of those noted up to their time. */
  private settle(trail: Trail, settledMs: number): void {
    this.settledMs = settledMs;
    let later = this.settled;
    while (later < this.count && this.times[later] <= settledMs) later++;
    const fits = Math.min(trail.track_id.length, DOTS_MAX - this.settled - (this.count - later));
    this.dots.copyWithin((this.settled + fits) * 2, later * 2, this.count * 2);
    this.times.copyWithin(this.settled + fits, later, this.count);
    this.count += this.settled + fits - later;
    for (let entry = 0; entry < fits; entry++) {
      this.dots[this.settled * 2] = trail.longitude_deg[entry];
      this.dots[this.settled * 2 + 1] = trail.latitude_deg[entry];
      this.times[this.settled++] = settledMs;
    }
    for (let entry = 0; entry < trail.track_id.length; entry++) {
      const line = this.lines.get(trail.track_id[entry]);
      if (line === undefined) continue;
      let fresh = line.settled;
      while (fresh < line.times.length && line.times[fresh] <= settledMs) fresh++;
      line.path.splice(line.settled, fresh - line.settled, [trail.longitude_deg[entry], trail.latitude_deg[entry]]);
      line.times.splice(line.settled, fresh - line.settled, settledMs);
      line.settled++;
    }
  }

  private forget(beforeMs: number, room: number): void {
    let old = Math.max(0, this.count + room - DOTS_MAX);
    while (old < this.count && this.times[old] < beforeMs) old++;
    if (old === 0) return;
    this.dots.copyWithin(0, old * 2, this.count * 2);
    this.times.copyWithin(0, old, this.count);
    this.count -= old;
    this.settled = Math.max(0, this.settled - old);
  }

  /** Whether one more line fits, if need be instead of one of a track that is harmless by now. */
  private makeRoom(): boolean {
    if (this.lines.size < LINES_MAX) return true;
    for (const [trackId, line] of this.lines) if (line.level === 0) return this.lines.delete(trackId);
    return false;
  }

  private noteLines(state: PictureState, nowMs: number): void {
    for (const trackId of this.lines.keys()) if (!state.tracks.has(trackId)) this.lines.delete(trackId);
    for (const track of state.tracks.values()) {
      const row = state.motion.row(track.track_id);
      if (row === undefined) continue;
      let line = this.lines.get(track.track_id);
      if (line === undefined) {
        if (track.level < 1 || !this.makeRoom()) continue;
        line = { trackId: track.track_id, level: track.level, path: [], times: [], settled: 0 };
        this.lines.set(track.track_id, line);
      }
      line.level = track.level;
      line.path.push([state.motion.columns.longitude_deg[row], state.motion.columns.latitude_deg[row]]);
      line.times.push(nowMs);
      while (line.times[0] < nowMs - LINE_LIFE_MS) {
        line.times.shift();
        line.path.shift();
        if (line.settled > 0) line.settled--;
      }
    }
  }
}
