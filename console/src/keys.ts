/** The keys of the console. Space and A acknowledge, with Shift every alarm, whatever has the focus and whatever is open. */
import { useEffect, useRef } from "react";
import type { Action } from "./link/api";
import { nextToAcknowledge } from "./picture/shown_first";
import { store } from "./picture/store";
import { choose } from "./preferences";

export interface Keys {
  act: (action: Action) => Promise<boolean>;
  mayAcknowledge: boolean;
  acknowledgeAll: () => void;
  select: (trackId: number | null) => void;
  setPanel: (panel: string) => void;
  home: () => void;
  help: () => void;
}

const TYPING = "input:not([type=radio], [type=checkbox], [type=button]), textarea, select, [contenteditable]";

/** Listens before any control does: a button that was clicked last must not be pressed by Space. */
export function useKeys(keys: Keys): void {
  const newest = useRef(keys);
  useEffect(() => {
    newest.current = keys;
  });
  useEffect(() => {
    const ours = (event: KeyboardEvent): boolean => {
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.isComposing;
      return plain && !(event.target as Element).matches(TYPING);
    };
    const swallow = (event: KeyboardEvent): void => {
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    const down = (event: KeyboardEvent): void => {
      if (!ours(event)) return;
      if (newest.current.mayAcknowledge && (event.code === "Space" || event.code === "KeyA")) {
        swallow(event);
        if (event.repeat) return;
        if (event.shiftKey) newest.current.acknowledgeAll();
        else acknowledgeFirst(newest.current.act);
      } else if (!event.repeat && (event.target as Element).closest("[role=dialog]") === null) {
        if (keyAction(event, newest.current)) event.preventDefault();
      }
    };
    const up = (event: KeyboardEvent): void => {
      // browsers press a focused button when Space is let go
      if (event.code === "Space" && newest.current.mayAcknowledge && ours(event)) swallow(event);
    };
    window.addEventListener("keydown", down, { capture: true });
    window.addEventListener("keyup", up, { capture: true });
    return () => {
      window.removeEventListener("keydown", down, { capture: true });
      window.removeEventListener("keyup", up, { capture: true });
    };
  }, []);
}

function acknowledgeFirst(act: Keys["act"]): void {
  const first = nextToAcknowledge(store.state.alarms);
  if (first !== undefined) void act({ action: "acknowledge", alarm_id: first.alarm_id });
}

/** By the place of the key, so that an Arabic keyboard layout works too. */
function keyAction(event: KeyboardEvent, keys: Keys): boolean {
  switch (event.code) {
    case "KeyH":
      keys.home();
      return true;
    case "KeyT":
      keys.setPanel("track");
      return true;
    case "KeyI":
      keys.setPanel("incident");
      return true;
    case "KeyF":
      keys.setPanel("flights");
      return true;
    case "KeyL":
      choose({ language: document.documentElement.lang === "ar" ? "en" : "ar" });
      return true;
    case "Escape":
      keys.select(null);
      return true;
    case "Slash":
      if (event.key === "?" || event.key === "؟") keys.help();
      return true;
    default:
      return goToQuestion(event.code);
  }
}

/** To the question of a digit: it is chosen and not answered, so that a wrong digit does no harm. */
function goToQuestion(code: string): boolean {
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1];
  const question = digit === undefined ? null : document.querySelector<HTMLElement>(`[data-question="${digit}"]`);
  question?.focus();
  question?.scrollIntoView({ block: "nearest" });
  return question !== null;
}
