import { describe, expect, it } from "vitest";
import type { Delta, Motion, Snapshot, Track } from "../wire";
import { COLUMNS, PictureState } from "./state";

const motion = (ids: number[], east = 0): Motion => ({
  track_id: ids,
  ...(Object.fromEntries(COLUMNS.map((name) => [name, ids.map((id) => (name === "east_m" ? east + id : 0))])) as Omit<Motion, "track_id">),
});
const track = (id: number, level: 0 | 1 | 2 | 3 = 0): Track => ({
  track_id: id,
  name: "",
  identity: "unknown",
  class_name: "unknown",
  level,
  score: level * 10,
  hostility: 0,
  first_t_ms: 0,
  zone_id: null,
  time_to_impact_s: null,
  time_low_s: null,
  time_high_s: null,
  flight: null,
  decision: null,
  question: null,
  claim: null,
  spoofed: false,
  detail: null,
});
const snapshot = (ids: number[]): Snapshot => ({
  kind: "snapshot",
  version: 1,
  sequence: 5,
  server_t_ms: 0,
  picture: {
    t_ms: 1000,
    motion: motion(ids),
    trail: null,
    tracks: ids.map((id) => track(id)),
    alarms: [],
    sensors: [],
    incident: null,
    counters: {},
    faults: [],
    notices: [],
    flights: [],
    flight_news: [],
    navigation: null,
    clock: null,
    utc_offset_ms: 0,
    askers: [],
    telling: { outputs: [], pending: [], deliveries: [], not_retracted: [],
      health: [], drilling: { last: null, next_t_ms: null, skipped_t_ms: null, skipped: "alarm" },
    },
    ended_alarms: [],
    response: { level: 0, duties: [] },
  excused: null,
  all_clears: [],
  impacts: [],
  keep_outs: [],
  watch: { holder: "", since_t_ms: null, until_t_ms: null, offered_to: "", note: "", confirmed_t_ms: null, confirmed_by: "", taken_from: "" },
    overloads: [],
  },
});
const delta = (change: Partial<Delta>): Delta => ({
  kind: "delta",
  version: 1,
  sequence: 6,
  from_sequence: 5,
  server_t_ms: 0,
  t_ms: 2000,
  motion: motion([]),
  tracks: [],
  removed_track_ids: [],
  alarms: [],
  alarm_ids: [],
  sensors: [],
  removed_sensor_ids: [],
  ...change,
});

describe("PictureState", () => {
  it("keeps every row with its track when others are removed", () => {
    const state = new PictureState();
    state.replace(snapshot([1, 2, 3, 4]));
    state.change(delta({ removed_track_ids: [1, 3], motion: motion([2], 100) }));
    expect([...state.tracks.keys()].sort()).toEqual([2, 4]);
    expect(state.motion.length).toBe(2);
    expect(state.motion.value(2, "east_m")).toBe(102);
    expect(state.motion.value(4, "east_m")).toBe(4);
    expect(state.motion.value(1, "east_m")).toBeUndefined();
  });

  it("refuses a delta that does not follow, and leaves the picture alone", () => {
    const state = new PictureState();
    state.replace(snapshot([1]));
    expect(state.change(delta({ from_sequence: 4, removed_track_ids: [1] }))).toBeNull();
    expect(state.tracks.size).toBe(1);
    expect(state.sequence).toBe(5);
  });

  it("grows beyond its first capacity", () => {
    const state = new PictureState();
    const ids = Array.from({ length: 3000 }, (_, index) => index + 1);
    state.replace(snapshot(ids));
    expect(state.motion.length).toBe(3000);
    expect(state.motion.value(3000, "east_m")).toBe(3000);
  });

  it("orders alarms as told and drops those not named", () => {
    const state = new PictureState();
    state.replace(snapshot([]));
    const alarm = (alarm_id: string) => ({
      alarm_id,
      raid_id: "r",
      zone_id: "z",
      stage: 3 as const,
      state: "active" as const,
      opened_t_ms: 0,
      updated_t_ms: 0,
      track_ids: [],
      active_ids: [],
      time_left: { likely_s: 1, low_s: 1, high_s: 1 },
      reasons: [],
      acknowledged_t_ms: null,
      acknowledged_by: "",
      acknowledged_count: 0,
      last_active_t_ms: null,
      lie_down: false,
      impact_t_ms: null,
      all_clear_from_t_ms: null,
      lost: [],
    });
    state.change(delta({ alarms: [alarm("a"), alarm("b")], alarm_ids: ["b", "a"] }));
    expect(state.alarms.map((item) => item.alarm_id)).toEqual(["b", "a"]);
    expect(state.change(delta({ from_sequence: 6, sequence: 7, alarm_ids: ["a"] }))?.alarms).toBe(true);
    expect(state.alarms.map((item) => item.alarm_id)).toEqual(["a"]);
  });
});

describe("heights above ground", () => {
  it("are no numbers where the ground is not known, not nought", () => {
    const state = new PictureState();
    const known = snapshot([1, 2]);
    known.picture.motion.above_ground_m = [null, 120];
    state.replace(known);
    expect(state.motion.value(1, "above_ground_m")).toBeNaN();
    expect(state.motion.value(2, "above_ground_m")).toBe(120);
  });
});
