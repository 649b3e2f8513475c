/** What this operator chose for this console: kept in the browser, shared by all components. */
import { useSyncExternalStore } from "react";
import type { Language } from "./i18n/wording";
import type { Theme } from "./map/colours";
import { THREATS, type ThreatKind } from "./threats";

export interface Preferences {
  language: Language;
  theme: Theme;
  /** Whether the map shows where aircraft are used to fly. */
  procedures: boolean;
  /** Whether the map shows what the sensors see; of which intruder (null: the site's own), the seconds of which height. */
  coverage: boolean;
  coverageThreat: ThreatKind | null;
  coverageLevel: number;
}

const KEY = "marsad.preferences";
const listeners = new Set<() => void>();
let current = read();
reflect();

function read(): Preferences {
  const browser: Preferences = { language: navigator.language.startsWith("ar") ? "ar" : "en", theme: "dark", procedures: true, coverage: false, coverageThreat: null, coverageLevel: 0 };
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>;
    return {
      language: kept.language === "ar" || kept.language === "en" ? kept.language : browser.language,
      theme: kept.theme === "day" ? "day" : "dark",
      procedures: kept.procedures !== false,
      coverage: kept.coverage === true,
      coverageThreat: THREATS.find((one) => one === kept.coverageThreat) ?? null,
      coverageLevel: typeof kept.coverageLevel === "number" ? kept.coverageLevel : 0,
    };
  } catch {
    return browser; // storage is switched off: the choice lasts as long as the page
  }
}

function reflect(): void {
  const root = document.documentElement;
  root.lang = current.language;
  root.dir = current.language === "ar" ? "rtl" : "ltr";
  root.dataset.theme = current.theme;
}

export function choose(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  reflect();
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // as above
  }
  listeners.forEach((told) => told());
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(
    (told) => {
      listeners.add(told);
      return () => listeners.delete(told);
    },
    () => current,
  );
}
