/** Of an alarm of rockets: that there is no time to run, how many came so far, when the last is to come down. */
import type { ReactNode } from "react";
import { useConsole } from "../context";
import { moment } from "../i18n/numbers";
import { Until } from "../parts/until";
import { Say } from "../parts/words";
import { useSlice } from "../picture/store";
import type { Alarm } from "../wire";

export function AlarmFalls({ alarm }: { alarm: Alarm }): ReactNode {
  const { site } = useConsole();
  const store = useSlice("clock");
  const opens = opensMs([alarm], store.nowMs());
  if (!alarm.lie_down && alarm.impact_t_ms === null) return null;
  return (
    <p className="alarm-falls">
      {alarm.lie_down ? (
        <strong className="lie-down">
          <Say it="falls.lieDown" />
        </strong>
      ) : null}
      {alarm.impact_t_ms === null ? null : (
        <span>
          {alarm.lie_down ? " · " : ""}
          <Say it="falls.soFar" count={alarm.track_ids.length} />
          {" · "}
          {alarm.state === "passed" && opens !== null ? (
            <>
              <Say it="falls.opens" /> <Until tMs={opens} />
            </>
          ) : (
            <Say it="falls.lastImpact" at={moment(alarm.impact_t_ms, store.nowMs(), site.utc_offset_s)} />
          )}
        </span>
      )}
    </p>
  );
}

/** From when an all-clear of some alarms is accepted; null where it is now. */
export function opensMs(alarms: Alarm[], nowMs: number): number | null {
  const times = alarms.flatMap(({ all_clear_from_t_ms }) => (all_clear_from_t_ms === null || all_clear_from_t_ms <= nowMs ? [] : [all_clear_from_t_ms]));
  return times.length === 0 ? null : Math.max(...times);
}

/** Why the all-clear cannot be given yet: rounds that did not go off may, and others may follow. */
export function Opens({ alarms }: { alarms: Alarm[] }): ReactNode {
  const store = useSlice("clock");
  const opens = opensMs(alarms, store.nowMs());
  if (opens === null) return null;
  return (
    <p className="caution grave" data-opens={opens}>
      <Say it="falls.opens" /> <Until tMs={opens} />
    </p>
  );
}
