import { describe, expect, it } from "vitest";
import { apart, ellipse, homeReach, moved, type Point, ringSteps, sector } from "./geometry";
import { symbolCode } from "./symbols";
import { Trails } from "./trails";
import { PictureState } from "../picture/state";

const SITE: Point = [42.44, 33.79];
const east = (at: Point): number => (at[0] - SITE[0]) * 111_320 * Math.cos((SITE[1] * Math.PI) / 180);
const north = (at: Point): number => (at[1] - SITE[1]) * 111_320;

describe("geometry", () => {
  it("opens the map by the size of the site", () => {
    expect(apart(SITE, moved(SITE, 300, 400))).toBeCloseTo(500, 0);
    expect([150, 1000, 4000].map(homeReach)).toEqual([1500, 5000, 9000]);
  });

  it("lays the long axis of an ellipse along its direction", () => {
    const ring = ellipse(SITE, 1000, 10, 90);
    expect(Math.max(...ring.map(east))).toBeCloseTo(1000, 0);
    expect(Math.max(...ring.map(north))).toBeLessThan(11);
    expect(ring[0]).toEqual(ring[ring.length - 1]);
  });
  it("closes sectors and turns them clockwise from north", () => {
    const ring = sector(SITE, 0, 1000, 80, 20);
    expect(ring[0]).toEqual(ring[ring.length - 1]);
    expect(Math.max(...ring.map(east))).toBeCloseTo(1000, -1);
    expect(Math.min(...ring.map(east))).toBeGreaterThan(-1);
  });
  it("chooses round range rings", () => {
    expect(ringSteps(8000)).toEqual([2000, 4000, 6000, 8000, 10_000]);
    expect(ringSteps(1000)[0]).toBe(200);
  });
  it("moves east and north", () => {
    expect(north(moved(SITE, 0, 500))).toBeCloseTo(500, 3);
  });
});

describe("symbols", () => {
  it("names every symbol with 20 digits", () => {
    expect(symbolCode("hostile", "owa", "live")).toBe("10060100001103000100");
    expect(symbolCode("friend", "ballistic", "exercise")).toMatch(/^1013020000\d{10}$/);
  });
});

describe("trails", () => {
  it("stays bounded and forgets old dots", () => {
    const trails = new Trails();
    const state = new PictureState();
    const ids = Array.from({ length: 1000 }, (_, index) => index);
    state.motion.put({ track_id: ids, ...Object.fromEntries(Object.keys(state.motion.columns).map((name) => [name, ids])) } as never);
    for (let step = 0; step < 40; step++) {
      state.tMs = step * 3000;
      expect(trails.note(state)).toBe(true);
      expect(trails.note(state)).toBe(false);
      expect(trails.count).toBeLessThanOrEqual(20_000);
    }
    expect(trails.count).toBe(16 * 1000); // 45 s at one dot in 3 s, both ends
  });

  it("puts smoothed points in the place of those noted before", () => {
    const trails = new Trails();
    const state = new PictureState();
    const show = (tMs: number, trail: PictureState["trail"]): void => {
      const row = Object.fromEntries(Object.keys(state.motion.columns).map((name) => [name, [tMs]]));
      state.motion.put({ track_id: [7], ...row } as never);
      state.tracks.set(7, { track_id: 7, level: 2 } as never);
      state.tMs = tMs;
      state.trail = trail;
      trails.note(state);
    };
    for (let tMs = 0; tMs <= 12_000; tMs += 3000) show(tMs, null);
    show(13_000, { t_ms: 3500, track_id: [7, 8], longitude_deg: [42, 43], latitude_deg: [33, 34] });
    show(14_000, { t_ms: 4500, track_id: [7], longitude_deg: [1], latitude_deg: [1] }); // less than a step later
    const line = trails.lines.get(7)!;
    expect(line.times).toEqual([3500, 6000, 9000, 12_000]);
    expect(line.path[0]).toEqual([42, 33]);
    expect([...trails.dots.slice(0, trails.count * 2)]).toEqual([42, 33, 43, 34, 6000, 6000, 9000, 9000, 12_000, 12_000]);
    show(17_000, { t_ms: 7000, track_id: [7], longitude_deg: [44], latitude_deg: [35] });
    expect(line.times).toEqual([3500, 7000, 9000, 12_000, 17_000]);
    expect([...trails.dots.slice(0, 6)]).toEqual([42, 33, 43, 34, 44, 35]);
    expect(trails.count).toBe(6);
  });

  it("gives up the oldest dots first when there are too many", () => {
    const trails = new Trails();
    const state = new PictureState();
    const ids = Array.from({ length: 7000 }, (_, index) => index);
    state.motion.put({ track_id: ids, ...Object.fromEntries(Object.keys(state.motion.columns).map((name) => [name, ids])) } as never);
    for (let step = 0; step < 5; step++) {
      state.tMs = step * 3000;
      trails.note(state);
      expect(trails.count).toBeLessThanOrEqual(20_000);
    }
    expect(trails.dots[trails.count * 2 - 1]).toBe(6999); // the newest is there
  });
});
