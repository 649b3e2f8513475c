/** What a panel asks the site for, again and again while it is open. */
import { useCallback, useEffect, useState } from "react";

const AGAIN_MS = 10_000;

export interface Asked<T> {
  /** null before the first answer. */
  found: T | null;
  /** Whether the newest question had no answer. */
  failed: boolean;
  again: () => void;
}

/** ask must be the same function from one drawing to the next. */
export function useAsked<T>(ask: () => Promise<T>): Asked<T> {
  const [found, setFound] = useState<T | null>(null);
  const [failed, setFailed] = useState(false);
  const [count, setCount] = useState(0);
  const again = useCallback(() => setCount((before) => before + 1), []);
  useEffect(() => {
    let current = true;
    ask().then(
      (answer) => {
        if (!current) return;
        setFound(answer);
        setFailed(false);
      },
      () => {
        if (current) setFailed(true);
      },
    );
    const timer = window.setTimeout(again, AGAIN_MS);
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
  }, [ask, count, again]);
  return { found, failed, again };
}
