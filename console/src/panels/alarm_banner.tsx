/** The alarms, always on screen: zone, time left, one key to acknowledge. */
import { type ReactNode, type RefObject, useEffect, useRef, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { Countdown, Interval, useRemaining } from "../parts/countdown";
import { LevelShape } from "../parts/level_mark";
import { OnWatch } from "../parts/on_watch";
import { NotYours } from "../parts/permitted";
import { Because, Counted, Label, Say, useCalled, usePlain, ZoneTitle, zoneName } from "../parts/words";
import { useAim, useHeldOrder, useOrder } from "../picture/held_order";
import { useOutOfSight } from "../picture/out_of_sight";
import { alarmOrder, nearestOf, newSince, sounding, steadyOrder, unacknowledged, worstStage } from "../picture/ranking";
import { showFirst } from "../picture/shown_first";
import { useSlice } from "../picture/store";
import { unanswered } from "../picture/unanswered";
import { usePreferences } from "../preferences";
import { alarmSound } from "../sound";
import type { Alarm } from "../wire";
import { AlarmFalls } from "./alarm_falls";
import { Heading, LastAt, useComing, Whence } from "./heading";
import { DecisionWords } from "./identity";
import { HeldBack } from "./held_back";
import { AlarmUnanswered } from "./unanswered";

const CARDS_MAX = 4;
const CARDS_BESIDE_ROWS = 3;
const COUNT_REASON = "alarm.tracks";
const EMPTIED = "alarm.emptied"; // said already, in the place of the time

const idOf = (alarm: Alarm): string => alarm.alarm_id;

type OnAllClear = (zoneId: string) => void;

interface BannerProperties {
  onAllClear: OnAllClear;
  onAcknowledgeAll: () => void;
}

export function AlarmBanner({ onAllClear, onAcknowledgeAll }: BannerProperties): ReactNode {
  const store = useSlice("alarms");
  const { aiming, aim } = useAim();
  const steady = useOrder(alarmOrder(store.state.alarms), idOf, steadyOrder);
  const alarms = useHeldOrder(steady, idOf, aiming);
  const frame = useRef<HTMLElement>(null);
  const hidden = useOutOfSight(frame, "data-alarm", alarms.map(idOf));
  useSlice("counters");
  const unseen = store.over ? [] : unacknowledged(steady); // a day that is over waits for nobody
  const firstId = unseen[0]?.alarm_id ?? "";
  useEffect(() => showFirst(firstId), [firstId]);
  const loudest = store.over ? 0 : worstStage(sounding(steady));
  useEffect(() => alarmSound.sound(loudest), [loudest]);
  const grown = store.over ? 0 : alarms.reduce((sum, alarm) => sum + newSince(alarm), 0);
  const told = useRef(grown);
  useEffect(() => {
    if (grown > told.current) alarmSound.more(); // once for each that joins what was acknowledged
    told.current = grown;
  }, [grown]);
  const say = usePlain();
  const stage = worstStage(alarms);
  const narrow = useNarrow();
  const cards = narrow ? 1 : alarms.length > CARDS_MAX ? CARDS_BESIDE_ROWS : CARDS_MAX;
  const isFirst = (alarm: Alarm): boolean => alarm.alarm_id === firstId;
  return (
    <section
      ref={frame}
      className="alarms"
      aria-label={say("alarm.region")}
      aria-live="assertive"
      data-stage={stage}
      data-count={alarms.length}
      data-over={store.over}
      data-held={aiming}
      data-react-aria-top-layer="true"
      onPointerMoveCapture={aim}
      onPointerDownCapture={aim} // before a button that is pressed keeps it to itself
    >
      {alarms.length === 0 ? <NoAlarm /> : null}
      {alarms.slice(0, cards).map((alarm, place) => (
        <AlarmCard
          key={alarm.alarm_id}
          alarm={alarm}
          first={isFirst(alarm)}
          main={place === 0}
          unseen={place === 0 ? unseen.length : 0}
          onAllClear={onAllClear}
          onAcknowledgeAll={onAcknowledgeAll}
        />
      ))}
      {alarms.length > cards ? (
        <div className="alarm-rows">
          <ul tabIndex={0} aria-label={say("alarm.others")}>
            {alarms.slice(cards).map((alarm) => (
              <AlarmRow key={alarm.alarm_id} alarm={alarm} first={isFirst(alarm)} onAllClear={onAllClear} />
            ))}
          </ul>
        </div>
      ) : null}
      <OutOfSight alarms={alarms.filter((alarm) => hidden.includes(alarm.alarm_id))} frame={frame} />
    </section>
  );
}

const NARROW = "(max-width: 760px)";

/** Whether the page is one column: there one card has room, and the others are lines. */
function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(() => window.matchMedia(NARROW).matches);
  useEffect(() => {
    const media = window.matchMedia(NARROW);
    const look = (): void => setNarrow(media.matches);
    media.addEventListener("change", look);
    return () => media.removeEventListener("change", look);
  }, []);
  return narrow;
}

/** That there are more alarms than are in sight: how many, the worst of them, and the way there. */
function OutOfSight({ alarms, frame }: { alarms: Alarm[]; frame: RefObject<HTMLElement | null> }): ReactNode {
  if (alarms.length === 0) return null;
  const worst = worstStage(alarms);
  const go = (): void => frame.current?.querySelector(`[data-alarm="${CSS.escape(alarms[0].alarm_id)}"]`)?.scrollIntoView({ block: "start" });
  return (
    <button type="button" className="out-of-sight" data-hidden={alarms.length} data-stage={worst} onClick={go}>
      <span>
        <Counted it="alarm.outOfSight" count={alarms.length} />
        {worst === 0 ? null : (
          <>
            {" · "}
            <Label group="alarm.stage" code={worst} />
          </>
        )}
      </span>
    </button>
  );
}

/** Calm only where it is true: somebody watches, and the picture is of now. */
function NoAlarm(): ReactNode {
  const store = useSlice("clock");
  return (
    <p className="no-alarm" data-trouble={store.blind || store.stale}>
      <Say it={store.blind ? "watch.none" : store.stale ? "alarm.notCurrent" : "alarm.none"} />
    </p>
  );
}

interface RowProperties {
  alarm: Alarm;
  first: boolean;
  onAllClear: OnAllClear;
}

interface CardProperties extends RowProperties {
  main: boolean;
  /** How many are not acknowledged, said on the main card where it is more than one; else 0. */
  unseen: number;
  onAcknowledgeAll: () => void;
}

const marks = (alarm: Alarm) => ({
  "data-alarm": alarm.alarm_id,
  "data-stage": alarm.state === "passed" ? 0 : alarm.stage,
  "data-state": alarm.state,
  "data-unseen": alarm.acknowledged_t_ms === null,
  "data-gone": isGone(alarm),
});

/** It still stands, and nothing of it comes any more: the all-clear is within reach before its time has passed. */
const isGone = (alarm: Alarm): boolean => alarm.state !== "passed" && alarm.active_ids.length === 0;

function AlarmCard({ alarm, first, main, unseen, onAllClear, onAcknowledgeAll }: CardProperties): ReactNode {
  const { may } = useConsole();
  const say = usePlain();
  const passed = alarm.state === "passed";
  return (
    <article className={main ? "alarm main" : "alarm"} {...marks(alarm)}>
      <div className="alarm-card">
        <p className="alarm-stage">
          <LevelShape level={alarm.stage} />
          <strong>
            <Label group="alarm.stage" code={alarm.stage} />
          </strong>
          {unseen > 1 && !may("acknowledge") ? (
            <strong className="unseen-count">
              <Counted it="alarm.unseen" count={unseen} />
            </strong>
          ) : null}
          {unseen > 1 && may("acknowledge") ? (
            <button type="button" className="unseen-count every" title={say("acknowledgeAll.title")} onClick={onAcknowledgeAll}>
              <Counted it="alarm.unseen" count={unseen} />
            </button>
          ) : null}
          {passed || alarm.active_ids.length === 0 ? null : <Objects ids={alarm.active_ids} />}
          <Grown alarm={alarm} />
        </p>
        <h2>
          <ZoneTitle id={alarm.zone_id} />
        </h2>
        {passed ? null : <AlarmObject alarm={alarm} />}
        <AlarmFalls alarm={alarm} />
        <AlarmReason alarm={alarm} />
        {main ? <OnWatch className="alarm-watch" /> : null}
        <HeldBack alarm={alarm} />
        <AlarmUnanswered alarm={alarm} />
        {passed ? (
          <p className="alarm-passed">
            <Heading alarm={alarm} />
          </p>
        ) : (
          <AlarmTime alarm={alarm} />
        )}
        <AlarmButtons alarm={alarm} first={first} onAllClear={onAllClear} />
      </div>
    </article>
  );
}

/** That more objects have come since somebody acknowledged it: told once, beside the count. */
function Grown({ alarm }: { alarm: Alarm }): ReactNode {
  const grown = newSince(alarm);
  return grown === 0 ? null : (
    <strong className="grown" data-grown={grown}>
      <Say it="alarm.grown" count={grown} />
    </strong>
  );
}

/** The object that the time left is of, and to which zone it is where the alarm is not of that zone alone. */
function AlarmObject({ alarm }: { alarm: Alarm }): ReactNode {
  const { state } = useSlice("tracks");
  const { select } = useConsole();
  const say = usePlain();
  const nearest = nearestOf(alarm);
  if (nearest === null) return null;
  const track = state.tracks.get(nearest.track_id);
  return (
    <p className="alarm-object">
      <button type="button" title={say("alarm.show")} onClick={() => select(nearest.track_id)}>
        <bdi>{`#${nearest.track_id}`}</bdi> <Label group="class" code={track?.class_name ?? nearest.class_name} />
      </button>
      {nearest.zone_id === alarm.zone_id ? null : (
        <span>
          {" "}
          <Toward id={nearest.zone_id} />
        </span>
      )}
      <span className="whence">
        {" "}
        <Whence trackId={nearest.track_id} />
      </span>
    </p>
  );
}

function Toward({ id }: { id: string }): ReactNode {
  const { site } = useConsole();
  const { language } = usePreferences();
  return <Say it="alarm.toward" zone={zoneName(site, id, language)} />;
}

/** Why it is raised; once a person decided who one of its objects is, that instead: who lowered it, and why. */
function AlarmReason({ alarm }: { alarm: Alarm }): ReactNode {
  const { state } = useSlice("tracks");
  const reason = alarm.reasons.find((candidate) => candidate.code !== COUNT_REASON); // the count is said already
  const decided = alarm.track_ids.find((id) => (state.tracks.get(id)?.decision ?? null) !== null);
  const decision = decided === undefined ? null : (state.tracks.get(decided)?.decision ?? null);
  if (decision !== null) {
    return (
      <p className="alarm-reason alarm-decided">
        <bdi>{`#${decided}`}</bdi> <DecisionWords decision={decision} />
      </p>
    );
  }
  if (alarm.state === "passed" || reason === undefined || reason.code === EMPTIED) return null;
  return (
    <p className="alarm-reason">
      <Because reason={reason} />
    </p>
  );
}

/** One alarm in one line: zone, stage by shape and word, time left, its button. */
function AlarmRow({ alarm, first, onAllClear }: RowProperties): ReactNode {
  const passed = alarm.state === "passed";
  return (
    <li className="alarm-row" {...marks(alarm)}>
      <LevelShape level={alarm.stage} />
      <span className="alarm-row-name">
        <ZoneTitle id={alarm.zone_id} />
        <small>
          {alarm.lie_down ? (
            <strong className="lie-down">
              <Say it="falls.lieDown" />
              {" · "}
            </strong>
          ) : null}
          <RowState alarm={alarm} />
          {passed ? null : <RowObject alarm={alarm} />}
          <RowUnanswered alarm={alarm} />
        </small>
      </span>
      {passed ? null : (
        <span className="alarm-row-time" role="timer">
          {alarm.time_left.likely_s === null ? "–" : <Countdown leftS={alarm.time_left.likely_s} atMs={alarm.updated_t_ms} />}
        </span>
      )}
      <AlarmButtons alarm={alarm} first={first} onAllClear={onAllClear} />
    </li>
  );
}

/** The stage and how many come; of an alarm that has passed, whether that is true of its objects. */
function RowState({ alarm }: { alarm: Alarm }): ReactNode {
  const still = useComing(alarm).length;
  if (alarm.state !== "passed") {
    return (
      <>
        <Label group="alarm.stage" code={alarm.stage} />
        {alarm.active_ids.length === 0 ? null : (
          <>
            {" · "}
            <Counted it="alarm.objects" count={alarm.active_ids.length} />
          </>
        )}
      </>
    );
  }
  return (
    <>
      {still === 0 ? <Say it="alarm.passedShort" /> : <Counted it="alarm.still" count={still} />}
      <LastAt alarm={alarm} />
    </>
  );
}

/** That somebody is not warned by it, as short as a line needs it; the strip below says who. */
function RowUnanswered({ alarm }: { alarm: Alarm }): ReactNode {
  const { telling } = useSlice("counters").state;
  const count = unanswered(telling, alarm).length;
  return count === 0 ? null : (
    <strong className="row-unanswered">
      {" · "}
      <Counted it="unanswered.short" count={count} />
    </strong>
  );
}

/** As short as a line needs it: the object's number, and the zone where it is not the alarm's. */
function RowObject({ alarm }: { alarm: Alarm }): ReactNode {
  const nearest = nearestOf(alarm);
  if (nearest === null) return null;
  return (
    <>
      {" · "}
      <bdi>{`#${nearest.track_id}`}</bdi>
      {nearest.zone_id === alarm.zone_id ? null : (
        <>
          {" "}
          <Toward id={nearest.zone_id} />
        </>
      )}
    </>
  );
}

function AlarmButtons({ alarm, first, onAllClear }: RowProperties): ReactNode {
  const { may } = useConsole();
  const passed = alarm.state === "passed";
  const still = useComing(alarm).length;
  const canEnd = passed || (isGone(alarm) && still === 0 && alarm.acknowledged_t_ms !== null);
  return (
    <div className="alarm-do">
      {passed && (alarm.acknowledged_t_ms !== null || !may("acknowledge")) ? null : <AcknowledgeButton alarm={alarm} first={first} />}
      {canEnd && may("end") ? (
        <Button onPress={() => onAllClear(alarm.zone_id)}>
          <Say it="alarm.allClear" />
        </Button>
      ) : null}
      {passed ? <NotYours it="end" /> : null}
    </div>
  );
}

/** How many come; pressed, the nearest of them is shown on the map. */
function Objects({ ids }: { ids: number[] }): ReactNode {
  const { select } = useConsole();
  const say = usePlain();
  const count = <Counted it="alarm.objects" count={ids.length} />;
  if (ids.length === 0) return <span className="alarm-count">{count}</span>;
  return (
    <button type="button" className="alarm-count" title={say("alarm.show")} onClick={() => select(ids[0])}>
      <span>{count}</span>
      <span className="spoken">{say("alarm.show")}</span>
    </button>
  );
}

function AlarmTime({ alarm }: { alarm: Alarm }): ReactNode {
  const { likely_s, low_s, high_s } = alarm.time_left;
  const likely = useRemaining(likely_s, alarm.updated_t_ms);
  if (isGone(alarm)) {
    return (
      <p className="alarm-passed">
        <Heading alarm={alarm} />
      </p>
    );
  }
  if (likely === null) {
    return (
      <p className="time-left">
        <Say it="alarm.noTime" />
      </p>
    );
  }
  return (
    <div className="time-left" role="timer">
      <span className="big">
        <Countdown leftS={likely_s} atMs={alarm.updated_t_ms} />
      </span>
      <span className="time-words">
        <Say it={likely <= 0 ? "alarm.reached" : "track.timeLeft"} />
        <Interval lowS={low_s} highS={high_s} atMs={alarm.updated_t_ms} />
      </span>
    </div>
  );
}

function AcknowledgeButton({ alarm, first }: { alarm: Alarm; first: boolean }): ReactNode {
  const { act, may } = useConsole();
  const called = useCalled();
  if (alarm.acknowledged_t_ms !== null) {
    return (
      <p className="acknowledged">
        <span aria-hidden="true">✓ </span>
        <Say it="alarm.acknowledgedBy" name={called(alarm.acknowledged_by)} />
      </p>
    );
  }
  if (!may("acknowledge")) return <NotYours it="acknowledge" />;
  return (
    <Button className="acknowledge" onPress={() => void act({ action: "acknowledge", alarm_id: alarm.alarm_id })}>
      <Say it={first ? "alarm.acknowledgeKey" : "alarm.acknowledge"} />
    </Button>
  );
}
