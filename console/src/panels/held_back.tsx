/** That somebody holds back what should be announced, and until when. */
import type { ReactNode } from "react";
import { Until } from "../parts/until";
import { Say, useCalled } from "../parts/words";
import { useSlice } from "../picture/store";
import type { Alarm } from "../wire";

export function HeldBack({ alarm }: { alarm: Alarm }): ReactNode {
  const store = useSlice("counters");
  const called = useCalled();
  const held = store.over ? undefined : store.state.telling.pending.find((one) => one.alarm_id === alarm.alarm_id && one.withheld_by !== "");
  if (held === undefined) return null;
  return (
    <p className="held-back">
      <Say it="release.withheldBy" name={called(held.withheld_by)} /> <Until tMs={held.undecided_t_ms} />
    </p>
  );
}
