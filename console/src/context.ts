/** What every panel needs: the site, the person, the selection, and how to act. */
import { createContext, useContext } from "react";
import type { Action } from "./link/api";
import type { Session, SiteInfo } from "./wire";

export interface ConsoleContext {
  site: SiteInfo;
  session: Session;
  selected: number | null;
  select: (trackId: number | null) => void;
  act: (action: Action) => Promise<boolean>;
  mayAct: boolean;
}

export const Console = createContext<ConsoleContext | null>(null);

export function useConsole(): ConsoleContext {
  const context = useContext(Console);
  if (context === null) throw new Error("a panel outside the console");
  return context;
}
