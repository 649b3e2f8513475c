/** While the engine is prepared: how far it is and how long it takes; the site runs as soon as it is done. */
import { type ReactNode, useEffect, useState } from "react";
import { timeLeft, whole } from "../i18n/numbers";
import { api } from "../link/api";
import { Say } from "../parts/words";
import { useSlice } from "../picture/store";
import type { Phase } from "../wire";

const ASK_MS = 500;

/** Where the site is in its life; asked again until it runs, and whenever the link comes or goes. */
export function usePhase(): Phase | null {
  const [phase, setPhase] = useState<Phase | null>(null);
  const link = useSlice("link").link;
  useEffect(() => {
    let timer = 0;
    let left = false;
    const ask = async (): Promise<void> => {
      const found = await api.phase().catch(() => null);
      if (left) return;
      setPhase(found);
      if (found === null || found.name === "preparing") timer = window.setTimeout(() => void ask(), ASK_MS);
    };
    void ask();
    return () => {
      left = true;
      window.clearTimeout(timer);
    };
  }, [link]);
  return phase;
}

export function StartUp({ phase }: { phase: Phase }): ReactNode {
  const percent = Math.floor(100 * phase.share);
  return (
    <main className="start-up">
      <h1>
        <Say it="app.name" />
      </h1>
      <p id="start-up-title">
        <Say it="startUp.title" />
      </p>
      <progress aria-labelledby="start-up-title" max={100} value={percent} />
      <p className="start-up-numbers">
        <Say it="startUp.share" percent={whole(percent)} />
        {phase.left_s === null ? null : <Say it="startUp.left" time={timeLeft(phase.left_s)} />}
      </p>
      <p className="start-up-note">
        <Say it="startUp.note" />
      </p>
    </main>
  );
}
