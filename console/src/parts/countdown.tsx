/** Seconds left, counting down between pictures. */
import type { ReactNode } from "react";
import { countdown, isPlainSeconds } from "../i18n/numbers";
import { Say } from "./words";
import { useSlice } from "../picture/store";

/** Seconds that remain now of a time that was left at a moment of the site's clock. */
export function useRemaining(leftS: number | null, atMs: number): number | null {
  const store = useSlice("clock");
  return leftS === null ? null : leftS - Math.max(0, store.nowMs() - atMs) / 1000;
}

export function Countdown({ leftS, atMs }: { leftS: number | null; atMs: number }): ReactNode {
  const remaining = useRemaining(leftS, atMs);
  if (remaining === null) return null;
  return (
    <>
      <bdi className="number" dir="ltr">
        {countdown(remaining)}
      </bdi>
      {isPlainSeconds(remaining) ? (
        <span className="unit">
          <Say it="unit.s" />
        </span>
      ) : null}
    </>
  );
}
