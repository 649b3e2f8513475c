/**
 * The second click of the double click that opened something: it must neither shut it nor press what lies under the
 * pointer. What counts is when the hand pressed, as the system timed it, not when a busy page came to it.
 */
import { useLayoutEffect } from "react";

const DOUBLE_CLICK_MS = 600; // systems take at most 500 ms for one double click
const REST_OF_A_PRESS = ["pointerup", "mousedown", "mouseup", "click", "dblclick"] as const;

let pressedMs = -Infinity;
window.addEventListener("pointerdown", (event) => (pressedMs = event.timeStamp), true);

/** Swallows a press that follows, as a double click does, the one before `isOpen` became true. */
export function useNoSecondClick(isOpen: boolean): void {
  useLayoutEffect(() => {
    if (!isOpen) return;
    const openedMs = pressedMs;
    let second = false;
    const swallow = (event: Event): void => {
      if (event.type === "pointerdown") second = event.timeStamp - openedMs < DOUBLE_CLICK_MS;
      if (!second || event.timeStamp - openedMs > 2 * DOUBLE_CLICK_MS) return; // a click by a key has no pointer before it
      event.stopImmediatePropagation();
      event.preventDefault();
    };
    const kinds = ["pointerdown", ...REST_OF_A_PRESS];
    for (const kind of kinds) window.addEventListener(kind, swallow, true);
    return () => {
      for (const kind of kinds) window.removeEventListener(kind, swallow, true);
    };
  }, [isOpen]);
}
