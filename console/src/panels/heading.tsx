/** What of an alarm is still coming: the object, from where, how long; or that nothing is, and when the last was. */
import type { ReactNode } from "react";
import { useConsole } from "../context";
import { bearing, kilometres, known, moment } from "../i18n/numbers";
import { Countdown } from "../parts/countdown";
import { Counted, Label, Say, usePlain } from "../parts/words";
import { coming, type Coming } from "../picture/ranking";
import { useSlice } from "../picture/store";
import type { Alarm } from "../wire";

/** Still judged dangerous for the alarm's zone, soonest first: by the levels that raise and end alarms. */
export function useComing(alarm: Alarm): Coming[] {
  const store = useSlice("tracks");
  return coming(store.state.tracks, store.state.alarms, alarm.zone_id);
}

/** Of an alarm whose own rule no object fulfils now: what is coming all the same, else when the last was. */
export function Heading({ alarm }: { alarm: Alarm }): ReactNode {
  const { site, select } = useConsole();
  const store = useSlice("clock");
  const say = usePlain();
  const [first, ...others] = useComing(alarm);
  if (store.stale) return <Say it="alarm.notCurrentStays" />;
  if (first === undefined) {
    if (alarm.last_active_t_ms === null) return <Say it="alarm.noneNow" />;
    return <Say it="alarm.noneSince" at={moment(alarm.last_active_t_ms, store.nowMs(), site.utc_offset_s)} />;
  }
  return (
    <span className="heading" data-track={first.track.track_id}>
      <Say it="alarm.stillComing" />{" "}
      <button type="button" title={say("alarm.show")} onClick={() => select(first.track.track_id)}>
        <bdi>{`#${first.track.track_id}`}</bdi> <Label group="class" code={first.track.class_name} />
      </button>{" "}
      <Whence trackId={first.track.track_id} />
      {" · "}
      {first.time_s === null ? <Say it="alarm.noTime" /> : <Countdown leftS={first.time_s} atMs={store.state.tMs} />}
      {others.length === 0 ? null : (
        <>
          {" · "}
          <Counted it="alarm.more" count={others.length} />
        </>
      )}
      <LastAt alarm={alarm} />
    </span>
  );
}

/** When an object fulfilled the alarm's own rule last: from then the time is counted after which it can end. */
export function LastAt({ alarm }: { alarm: Alarm }): ReactNode {
  const { site } = useConsole();
  const store = useSlice("clock");
  if (alarm.last_active_t_ms === null) return null;
  return (
    <>
      {" · "}
      <span className="last-at">
        <Say it="alarm.lastAt" at={moment(alarm.last_active_t_ms, store.nowMs(), site.utc_offset_s)} />
      </span>
    </>
  );
}

/** From where an object comes, seen from the site; nothing where it is not in the picture. */
export function Whence({ trackId }: { trackId: number }): ReactNode {
  const { motion } = useSlice("tracks").state;
  const from = motion.value(trackId, "bearing_deg");
  if (from === undefined) return null;
  return <Say it="alarm.from" bearing={known(from, bearing)} range={known(motion.value(trackId, "range_m"), kilometres)} />;
}
