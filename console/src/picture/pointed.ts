/** The place of the map that was clicked last, for forms that ask for one. */
import { useSyncExternalStore } from "react";

export type Pointed = readonly [longitude: number, latitude: number] | null;

let place: Pointed = null;
const listeners = new Set<() => void>();

export function point(at: Pointed): void {
  place = at;
  listeners.forEach((listener) => listener());
}

export const usePointed = (): Pointed =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => place,
  );
