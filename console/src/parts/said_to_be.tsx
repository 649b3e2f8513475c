/** Who said on a page without a key that they confirm: anybody can say so, and the console says that. */
import type { ReactNode } from "react";
import { Say, usePlain } from "./words";

export function SaidToBe({ names }: { names: string[] }): ReactNode {
  const say = usePlain();
  if (names.length === 0) return null;
  return <Say it="telling.saidToBe" names={names.map((name) => (name === "" ? say("telling.somebody") : name)).join(", ")} />;
}
