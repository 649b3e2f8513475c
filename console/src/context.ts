/** What every panel needs: the site, the person, the selection, and how to act. */
import { createContext, useContext } from "react";
import type { Action } from "./link/api";
import type { AuthorityCard, Session, SiteInfo } from "./wire";

export type PermissionName = Session["may"][number];

export interface ConsoleContext {
  site: SiteInfo;
  session: Session;
  selected: number | null;
  select: (trackId: number | null) => void;
  act: (action: Action) => Promise<boolean>;
  /** Whether the person's role allows something, and the site still takes it. */
  may: (permission: PermissionName) => boolean;
  /** null where it is not known, or not for this person to see. */
  card: AuthorityCard | null;
}

export const Console = createContext<ConsoleContext | null>(null);

export function useConsole(): ConsoleContext {
  const context = useContext(Console);
  if (context === null) throw new Error("a panel outside the console");
  return context;
}
