/** While the engine is prepared: how far it is and how long it takes; the site runs as soon as it is done. */
import { type ReactNode, useEffect, useState } from "react";
import { timeLeft, whole } from "../i18n/numbers";
import { api } from "../link/api";
import { Say } from "../parts/words";
import { useSlice } from "../picture/store";
import type { Phase } from "../wire";

const ASK_MS = 500;
const LOADING_MAX_S = 3; // what is compiled already is loaded in less

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
  const compiling = useCompiling(phase.left_s);
  return (
    <div className="start-up" role="main">
      <h1>
        <Say it="app.name" />
      </h1>
      <p id="start-up-title">
        <Say it={compiling ? "startUp.title" : "startUp.loading"} />
      </p>
      <progress aria-labelledby="start-up-title" max={100} value={percent} />
      <p className="start-up-numbers">
        <span>
          <Say it="startUp.share" percent={whole(percent)} />
        </span>
        {phase.left_s === null ? null : (
          <span>
            <Say it="startUp.left" time={timeLeft(phase.left_s)} />
          </span>
        )}
      </p>
      {compiling ? (
        <p className="start-up-note">
          <Say it="startUp.note" />
        </p>
      ) : null}
    </div>
  );
}

/** Whether the engine is being compiled: once it was to take long, until it is done. */
function useCompiling(leftS: number | null): boolean {
  const [seen, setSeen] = useState(false);
  const long = leftS !== null && leftS > LOADING_MAX_S;
  useEffect(() => {
    if (long) setSeen(true);
  }, [long]);
  return seen || long;
}
