/** Time left, counting down between pictures: one clock, one format, and the interval goes with it. */
import type { ReactNode } from "react";
import { timeLeft } from "../i18n/numbers";
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
    <bdi className="number" dir="ltr">
      {timeLeft(remaining)}
    </bdi>
  );
}

/** The 90 % interval of a time left; nothing once it is over. */
export function Interval({ lowS, highS, atMs }: { lowS: number | null; highS: number | null; atMs: number }): ReactNode {
  const low = useRemaining(lowS, atMs);
  const high = useRemaining(highS, atMs);
  if (low === null || high === null || high <= 0) return null;
  return (
    <bdi className="interval" dir="ltr">
      {timeLeft(low)}–{timeLeft(high)}
    </bdi>
  );
}
