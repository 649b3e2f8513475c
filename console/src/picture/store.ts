/**
 * The one store of the console. React components subscribe to a slice and are told when its number
 * grows; the map reads the columns directly on every frame.
 */
import { useSyncExternalStore } from "react";
import type { Message, Sensor } from "../wire";
import { PictureState } from "./state";

export type Slice = "tracks" | "alarms" | "sensors" | "incident" | "counters" | "flights" | "link" | "clock";
export type LinkState = "connecting" | "open" | "lost" | "signed-out";

const STALE_MS = 3000;
/** What hears objects that say who they are, and no others. */
const HEARING: ReadonlySet<Sensor["kind"]> = new Set(["adsb", "remote_id"]);

export const works = ({ health }: Sensor): boolean => health === "ok" || health === "degraded";

export class PictureStore {
  readonly state = new PictureState();
  link: LinkState = "connecting";
  /** When the newest picture came, by the page's own steady clock; null before the first. */
  receivedMs: number | null = null;
  private versions: Record<Slice, number> = {
    tracks: 0,
    alarms: 0,
    sensors: 0,
    incident: 0,
    counters: 0,
    flights: 0,
    link: 0,
    clock: 0,
  };
  private listeners = new Map<Slice, Set<() => void>>();

  /** Take a message in; false if a snapshot must be asked for. */
  take(message: Message): boolean {
    if (message.kind === "heartbeat") return true;
    const changes = message.kind === "snapshot" ? this.state.replace(message) : this.state.change(message);
    if (changes === null) return false;
    this.receivedMs = performance.now();
    for (const [slice, changed] of Object.entries(changes)) {
      if (changed) this.tell(slice as Slice);
    }
    return true;
  }

  setLink(link: LinkState): void {
    if (link === this.link) return;
    this.link = link;
    this.tell("link");
  }

  /** Whether the simulated day is over: the site shows its last picture and takes nothing more. */
  get over(): boolean {
    return this.state.notices.includes("simulation-over");
  }

  /** The site's time now: that of the newest picture, moved on by our own clock while it goes on. */
  nowMs(): number {
    if (this.over) return this.state.tMs;
    return this.receivedMs === null ? 0 : this.state.tMs + performance.now() - this.receivedMs;
  }

  /** How old the picture is, ms; null before the first. */
  ageMs(): number | null {
    return this.receivedMs === null ? null : performance.now() - this.receivedMs;
  }

  get stale(): boolean {
    const age = this.ageMs();
    return this.link !== "open" || age === null || age > STALE_MS;
  }

  /** Whether no sensor of the site that sees works: what comes and says nothing of itself is then seen by nobody. */
  get blind(): boolean {
    return this.receivedMs !== null && !this.over && !this.state.sensors.some((sensor) => works(sensor) && !HEARING.has(sensor.kind));
  }

  tick(): void {
    this.tell("clock");
  }

  version(slice: Slice): number {
    return this.versions[slice];
  }

  subscribe(slice: Slice, listener: () => void): () => void {
    const set = this.listeners.get(slice) ?? new Set();
    this.listeners.set(slice, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  private tell(slice: Slice): void {
    this.versions[slice]++;
    this.listeners.get(slice)?.forEach((listener) => listener());
  }
}

export const store = new PictureStore();

const subscribers = Object.fromEntries(
  (["tracks", "alarms", "sensors", "incident", "counters", "flights", "link", "clock"] as Slice[]).map((slice) => [
    slice,
    { subscribe: (told: () => void) => store.subscribe(slice, told), version: () => store.version(slice) },
  ]),
) as Record<Slice, { subscribe: (told: () => void) => () => void; version: () => number }>;

/** Render again whenever a slice changes. */
export function useSlice(slice: Slice): PictureStore {
  useSyncExternalStore(subscribers[slice].subscribe, subscribers[slice].version);
  return store;
}
