/** Orders that stand still while somebody aims at what is listed. */
import { useCallback, useEffect, useRef, useState } from "react";

const HELD_MS = 2000; // after the hand's last move: never so long that what is new waits

export interface Aim {
  aiming: boolean;
  aim: () => void;
  letGo: () => void;
}

/** Whether somebody aims at something here: for a moment after the hand's last move, and no longer. */
export function useAim(): Aim {
  const [aiming, setAiming] = useState(false);
  const timer = useRef(0);
  const letGo = useCallback(() => {
    window.clearTimeout(timer.current);
    setAiming(false);
  }, []);
  const aim = useCallback(() => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(letGo, HELD_MS);
    setAiming(true);
  }, [letGo]);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  return { aiming, aim, letGo };
}

/** The order now wished, but what was listed before keeps its place: new ones follow after it, gone ones drop out. */
export function held(before: readonly string[], wished: readonly string[]): string[] {
  const there = new Set(wished);
  const known = new Set(before);
  return [...before.filter((id) => there.has(id)), ...wished.filter((id) => !known.has(id))];
}

/** Items in the order that follows from the one they had. */
export function useOrder<Item>(wished: Item[], idOf: (item: Item) => string, follow: (before: readonly string[], wished: Item[]) => Item[]): Item[] {
  const order = useRef<string[]>([]);
  const next = follow(order.current, wished);
  order.current = next.map(idOf);
  return next;
}

/** Items in the order wished, or in the one they had for as long as it is held. */
export function useHeldOrder<Item>(wished: Item[], idOf: (item: Item) => string, isHeld: boolean): Item[] {
  const order = useRef<string[]>([]);
  const ids = wished.map(idOf);
  order.current = isHeld ? held(order.current, ids) : ids;
  const byId = new Map(wished.map((item) => [idOf(item), item]));
  return order.current.map((id) => byId.get(id)!);
}
