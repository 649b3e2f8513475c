/** That an output does not answer while an alarm runs: which, for whom, since when, and what to do instead. */
import type { ReactNode } from "react";
import { useConsole } from "../context";
import { moment } from "../i18n/numbers";
import { type Key, labelOf } from "../i18n/wording";
import { Say, zoneName } from "../parts/words";
import { useSlice } from "../picture/store";
import { type Unanswered, unanswered } from "../picture/unanswered";
import { usePreferences } from "../preferences";
import type { Alarm } from "../wire";

const WORDS: Record<Unanswered["fault"], Key> = {
  down: "unanswered.silent",
  failing: "unanswered.silent",
  unheard: "unanswered.silent",
  "drill-failed": "unanswered.drill",
};

export function UnansweredWords({ of }: { of: Unanswered }): ReactNode {
  const { site } = useConsole();
  const { language } = usePreferences();
  const store = useSlice("clock");
  const zones = (of.zoneIds.length === 0 ? [""] : of.zoneIds).map((id) => zoneName(site, id, language));
  return (
    <>
      <strong>
        <Say it="unanswered.instead" zone={zones.join(language === "ar" ? "، " : ", ")} />
      </strong>{" "}
      <span className="unanswered-why">
        <Say it={WORDS[of.fault]} kind={labelOf(language, "outputKind", of.standard)} output={of.outputId} since={of.sinceMs === null ? "–" : moment(of.sinceMs, store.nowMs(), site.utc_offset_s)} />
      </span>
    </>
  );
}

/** On the card of an alarm: what of it people do not hear. */
export function AlarmUnanswered({ alarm }: { alarm: Alarm }): ReactNode {
  const store = useSlice("counters");
  const found = store.over ? [] : unanswered(store.state.telling, alarm);
  if (found.length === 0) return null;
  return (
    <ul className="alarm-unanswered" role="alert">
      {found.map((one) => (
        <li key={one.outputId} data-output={one.outputId}>
          <UnansweredWords of={one} />
        </li>
      ))}
    </ul>
  );
}
