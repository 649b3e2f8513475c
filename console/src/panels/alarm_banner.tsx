/** The alarms, always on screen: zone, time left, one key to acknowledge. */
import { type ReactNode, useEffect } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { Countdown, Interval, useRemaining } from "../parts/countdown";
import { LevelShape } from "../parts/level_mark";
import { Because, Counted, Label, Say, usePlain, ZoneTitle } from "../parts/words";
import { unacknowledged } from "../picture/ranking";
import { useSlice } from "../picture/store";
import { alarmSound } from "../sound";
import type { Alarm } from "../wire";

const SHOWN_MAX = 4;
const LOCAL_OPERATOR = "local operator"; // the name the server gives where nobody signs in
const COUNT_REASON = "alarm.tracks";

type OnAllClear = (zoneId: string) => void;

export function AlarmBanner({ onAllClear }: { onAllClear: OnAllClear }): ReactNode {
  const store = useSlice("alarms");
  const alarms = store.state.alarms.filter((alarm) => alarm.state !== "cleared");
  const unseen = unacknowledged(alarms);
  const loudest = unseen.reduce((stage, alarm) => Math.max(stage, alarm.stage), 0);
  useEffect(() => alarmSound.sound(loudest), [loudest]);
  const say = usePlain();
  const stage = alarms.reduce((worst, alarm) => (alarm.state === "active" ? Math.max(worst, alarm.stage) : worst), 0);
  return (
    <section className="alarms" aria-label={say("alarm.region")} aria-live="assertive" data-stage={stage} data-count={alarms.length}>
      {alarms.length === 0 ? (
        <p className="no-alarm">
          <Say it="alarm.none" />
        </p>
      ) : (
        alarms.slice(0, SHOWN_MAX).map((alarm, place) => (
          <AlarmCard key={alarm.alarm_id} alarm={alarm} first={alarm === unseen[0]} main={place === 0} onAllClear={onAllClear} />
        ))
      )}
      {alarms.length > SHOWN_MAX ? (
        <p className="more-alarms">
          <Counted it="alarm.more" count={alarms.length - SHOWN_MAX} />
        </p>
      ) : null}
    </section>
  );
}

interface CardProperties {
  alarm: Alarm;
  first: boolean;
  main: boolean;
  onAllClear: OnAllClear;
}

function AlarmCard({ alarm, first, main, onAllClear }: CardProperties): ReactNode {
  const passed = alarm.state === "passed";
  const reason = alarm.reasons.find((candidate) => candidate.code !== COUNT_REASON); // the count is said already
  return (
    <article
      className={main ? "alarm main" : "alarm"}
      data-stage={passed ? 0 : alarm.stage}
      data-state={alarm.state}
      data-unseen={alarm.acknowledged_t_ms === null && !passed}
    >
      <div className="alarm-card">
        <p className="alarm-stage">
          <LevelShape level={alarm.stage} />
          <strong>
            <Label group="alarm.stage" code={alarm.stage} />
          </strong>
          {passed ? null : (
            <span className="alarm-count">
              <Counted it="alarm.objects" count={alarm.active_ids.length} />
            </span>
          )}
        </p>
        <h2>
          <ZoneTitle id={alarm.zone_id} />
        </h2>
        {main && !passed && reason !== undefined ? (
          <p className="alarm-reason">
            <Because reason={reason} />
          </p>
        ) : null}
        {passed ? (
          <p className="alarm-passed">
            <Say it="alarm.passed" />
          </p>
        ) : (
          <AlarmTime alarm={alarm} />
        )}
        <AlarmButtons alarm={alarm} first={first} onAllClear={onAllClear} />
      </div>
    </article>
  );
}

function AlarmButtons({ alarm, first, onAllClear }: Omit<CardProperties, "main">): ReactNode {
  const { select, mayAct } = useConsole();
  const passed = alarm.state === "passed";
  return (
    <div className="alarm-do">
      {passed ? null : <AcknowledgeButton alarm={alarm} first={first} />}
      {passed && mayAct ? (
        <Button onPress={() => onAllClear(alarm.zone_id)}>
          <Say it="alarm.allClear" />
        </Button>
      ) : null}
      {alarm.active_ids.length > 0 ? (
        <Button className="quiet" onPress={() => select(alarm.active_ids[0])}>
          <Say it="alarm.show" />
        </Button>
      ) : null}
    </div>
  );
}

function AlarmTime({ alarm }: { alarm: Alarm }): ReactNode {
  const { likely_s, low_s, high_s } = alarm.time_left;
  const likely = useRemaining(likely_s, alarm.updated_t_ms);
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
  const { act, mayAct } = useConsole();
  const say = usePlain();
  if (alarm.acknowledged_t_ms !== null) {
    return (
      <p className="acknowledged">
        <span aria-hidden="true">✓ </span>
        <Say it="alarm.acknowledgedBy" name={alarm.acknowledged_by === LOCAL_OPERATOR ? say("bar.localOperator") : alarm.acknowledged_by} />
      </p>
    );
  }
  if (!mayAct) return null;
  return (
    <Button className="acknowledge" onPress={() => void act({ action: "acknowledge", alarm_id: alarm.alarm_id })}>
      <Say it={first ? "alarm.acknowledgeKey" : "alarm.acknowledge"} />
    </Button>
  );
}
