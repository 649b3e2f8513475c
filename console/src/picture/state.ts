/**
 * The picture as the console holds it, changed in place by snapshots and deltas. Positions are
 * columns of numbers outside React; a row of the columns moves when another one is removed.
 */
import type { Alarm, AlarmEnd, Asker, ClockStep, Delta, Excused, Flight, FlightNews, Impact, Incident, KeepOut, Motion, Navigation, OnWatch, Overload, Picture, Response, Sensor, Snapshot, StandingAllClear, Telling, Track, Trail } from "../wire";

export const COLUMNS = [
  "latitude_deg",
  "longitude_deg",
  "east_m",
  "north_m",
  "up_m",
  "speed_mps",
  "course_deg",
  "climb_mps",
  "range_m",
  "bearing_deg",
  "semi_major_m",
  "semi_minor_m",
  "orientation_deg",
  "up_sigma_m",
  "existence",
  "last_t_ms",
] as const satisfies readonly (keyof Motion)[];
export type Column = (typeof COLUMNS)[number];

const FIRST_CAPACITY = 256;

/** Columns of numbers with one row per track, without gaps. */
export class MotionTable {
  length = 0;
  ids = new Float64Array(FIRST_CAPACITY);
  columns: Record<Column, Float64Array>;
  private rows = new Map<number, number>();

  constructor() {
    this.columns = Object.fromEntries(
      COLUMNS.map((name) => [name, new Float64Array(FIRST_CAPACITY)]),
    ) as Record<Column, Float64Array>;
  }

  /** The row of a track, or undefined. */
  row(trackId: number): number | undefined {
    return this.rows.get(trackId);
  }

  value(trackId: number, column: Column): number | undefined {
    const row = this.rows.get(trackId);
    return row === undefined ? undefined : this.columns[column][row];
  }

  clear(): void {
    this.length = 0;
    this.rows.clear();
  }

  put(motion: Motion): void {
    const ids = motion.track_id;
    const rows = new Array<number>(ids.length);
    for (let entry = 0; entry < ids.length; entry++) rows[entry] = this.rowFor(ids[entry]);
    for (const name of COLUMNS) {
      const from = motion[name];
      const into = this.columns[name];
      for (let entry = 0; entry < rows.length; entry++) into[rows[entry]] = from[entry];
    }
  }

  remove(trackId: number): void {
    const row = this.rows.get(trackId);
    if (row === undefined) return;
    const last = this.length - 1;
    if (row !== last) {
      this.ids[row] = this.ids[last];
      for (const name of COLUMNS) this.columns[name][row] = this.columns[name][last];
      this.rows.set(this.ids[row], row);
    }
    this.rows.delete(trackId);
    this.length = last;
  }

  private rowFor(trackId: number): number {
    const known = this.rows.get(trackId);
    if (known !== undefined) return known;
    if (this.length === this.ids.length) this.grow();
    const row = this.length++;
    this.ids[row] = trackId;
    this.rows.set(trackId, row);
    return row;
  }

  private grow(): void {
    const larger = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(old.length * 2);
      grown.set(old);
      return grown;
    };
    this.ids = larger(this.ids);
    for (const name of COLUMNS) this.columns[name] = larger(this.columns[name]);
  }
}

/** Which parts a message changed. */
export interface Changes {
  tracks: boolean;
  alarms: boolean;
  sensors: boolean;
  incident: boolean;
  counters: boolean;
  flights: boolean;
}

export class PictureState {
  sequence = 0;
  tMs = 0;
  motion = new MotionTable();
  trail: Trail | null = null;
  tracks = new Map<number, Track>();
  alarms: Alarm[] = [];
  sensors: Sensor[] = [];
  incident: Incident | null = null;
  counters: Record<string, number> = {};
  faults: string[] = [];
  notices: string[] = [];
  flights: Flight[] = [];
  flightNews: FlightNews[] = [];
  navigation: Navigation | null = null;
  clock: ClockStep | null = null;
  /** What all times here are ahead of the site's own, which is steady: another once the machine's clock is set. */
  utcOffsetMs = 0;
  askers: Asker[] = [];
  overloads: Overload[] = [];
  telling: Telling = {
    outputs: [],
    pending: [],
    deliveries: [],
    not_retracted: [],
    health: [],
    drilling: { last: null, next_t_ms: null, skipped_t_ms: null, skipped: "alarm" },
  };

  response: Response = { level: 0, duties: [] };
  excused: Excused | null = null;
  /** All-clears that can still be taken back. */
  allClears: StandingAllClear[] = [];
  impacts: Impact[] = [];
  keepOuts: KeepOut[] = [];
  /** Of late, the newest last. */
  endedAlarms: AlarmEnd[] = [];
  watch: OnWatch = { holder: "", since_t_ms: null, until_t_ms: null, offered_to: "", note: "", confirmed_t_ms: null, confirmed_by: "", taken_from: "" };

  /** Take over a whole picture. */
  replace(message: Snapshot): Changes {
    const picture: Picture = message.picture;
    this.sequence = message.sequence;
    this.tMs = picture.t_ms;
    this.motion.clear();
    this.motion.put(picture.motion);
    this.trail = picture.trail;
    this.tracks = new Map(picture.tracks.map((track) => [track.track_id, track]));
    this.alarms = picture.alarms;
    this.sensors = picture.sensors;
    this.incident = picture.incident;
    this.counters = picture.counters;
    this.faults = picture.faults;
    this.notices = picture.notices;
    this.flights = picture.flights;
    this.flightNews = picture.flight_news;
    this.navigation = picture.navigation;
    this.clock = picture.clock;
    this.utcOffsetMs = picture.utc_offset_ms;
    this.askers = picture.askers;
    this.overloads = picture.overloads;
    this.telling = picture.telling;
    this.response = picture.response;
    this.watch = picture.watch;
    this.excused = picture.excused;
    this.allClears = picture.all_clears;
    this.impacts = picture.impacts;
    this.keepOuts = picture.keep_outs;
    this.endedAlarms = picture.ended_alarms;
    return { tracks: true, alarms: true, sensors: true, incident: true, counters: true, flights: true };
  }

  /** Apply what changed; null if the delta does not follow on what is held: ask for a snapshot. */
  change(delta: Delta): Changes | null {
    if (delta.from_sequence !== this.sequence) return null;
    this.sequence = delta.sequence;
    this.tMs = delta.t_ms;
    for (const trackId of delta.removed_track_ids) {
      this.tracks.delete(trackId);
      this.motion.remove(trackId);
    }
    for (const track of delta.tracks) this.tracks.set(track.track_id, track);
    this.motion.put(delta.motion);
    if (delta.trail !== undefined) this.trail = delta.trail;
    if (delta.utc_offset_ms !== undefined) this.utcOffsetMs = delta.utc_offset_ms;
    return {
      tracks: true, // times run down and ranges change even where no row did
      alarms: this.changeAlarms(delta),
      sensors: this.changeSensors(delta),
      incident: this.changeIncident(delta),
      counters: this.changeCounters(delta),
      flights: this.changeFlights(delta),
    };
  }

  private changeAlarms(delta: Delta): boolean {
    const same =
      delta.alarms.length === 0 &&
      delta.alarm_ids.length === this.alarms.length &&
      delta.alarm_ids.every((id, place) => this.alarms[place].alarm_id === id);
    if (same) return false;
    const known = new Map([...this.alarms, ...delta.alarms].map((alarm) => [alarm.alarm_id, alarm]));
    this.alarms = delta.alarm_ids.map((id) => known.get(id)!);
    return true;
  }

  private changeSensors(delta: Delta): boolean {
    if (delta.sensors.length === 0 && delta.removed_sensor_ids.length === 0) return false;
    const gone = new Set(delta.removed_sensor_ids);
    const kept = this.sensors.filter((sensor) => !gone.has(sensor.sensor_id));
    const known = new Map([...kept, ...delta.sensors].map((sensor) => [sensor.sensor_id, sensor]));
    this.sensors = [...known.values()];
    return true;
  }

  private changeIncident(delta: Delta): boolean {
    if (delta.incident === undefined) return false;
    this.incident = delta.incident;
    return true;
  }

  private changeFlights(delta: Delta): boolean {
    if (delta.flights !== undefined) this.flights = delta.flights;
    if (delta.flight_news !== undefined) this.flightNews = delta.flight_news;
    return delta.flights !== undefined || delta.flight_news !== undefined;
  }

  private changeCounters(delta: Delta): boolean {
    if (delta.counters !== undefined) this.counters = delta.counters;
    if (delta.faults !== undefined) this.faults = delta.faults;
    if (delta.notices !== undefined) this.notices = delta.notices;
    if (delta.navigation !== undefined) this.navigation = delta.navigation;
    if (delta.clock !== undefined) this.clock = delta.clock;
    if (delta.askers !== undefined) this.askers = delta.askers;
    if (delta.overloads !== undefined) this.overloads = delta.overloads;
    if (delta.telling !== undefined) this.telling = delta.telling;
    if (delta.response !== undefined) this.response = delta.response;
    if (delta.watch !== undefined) this.watch = delta.watch;
    if (delta.excused !== undefined) this.excused = delta.excused;
    if (delta.all_clears !== undefined) this.allClears = delta.all_clears;
    if (delta.impacts !== undefined) this.impacts = delta.impacts;
    if (delta.keep_outs !== undefined) this.keepOuts = delta.keep_outs;
    if (delta.ended_alarms !== undefined) this.endedAlarms = delta.ended_alarms;
    return [delta.counters, delta.faults, delta.notices, delta.navigation, delta.clock, delta.overloads, delta.askers, delta.telling, delta.response, delta.watch, delta.excused, delta.all_clears, delta.impacts, delta.keep_outs, delta.ended_alarms].some((part) => part !== undefined);
  }
}
