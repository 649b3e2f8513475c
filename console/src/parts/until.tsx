/** Until when something holds, and how long that is: the same wherever it is shown. */
import type { ReactNode } from "react";
import { useConsole } from "../context";
import { clock, timeLeft } from "../i18n/numbers";
import { useSlice } from "../picture/store";

/** "14:02:30 · 0:25" by the site's clock; the sentence before it says what happens then. */
export function Until({ tMs }: { tMs: number }): ReactNode {
  const { site } = useConsole();
  const store = useSlice("clock");
  return (
    <span className="until" data-until={tMs}>
      <bdi className="number" dir="ltr">
        {clock(tMs, site.utc_offset_s)}
      </bdi>
      {" · "}
      <bdi className="number" dir="ltr" role="timer">
        {timeLeft((tMs - store.nowMs()) / 1000)}
      </bdi>
    </span>
  );
}
