/** The alarms, always on screen: zone, seconds left, one key to acknowledge. */
import { type ReactNode, useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { seconds } from "../i18n/numbers";
import { ChoiceDialog } from "../parts/choice_dialog";
import { useRemaining } from "../parts/countdown";
import { LevelShape } from "../parts/level_mark";
import { Because, Label, Say, usePlain, Zone } from "../parts/words";
import { unacknowledged } from "../picture/ranking";
import { useSlice } from "../picture/store";
import { alarmSound } from "../sound";
import type { Alarm } from "../wire";

const SHOWN_MAX = 4;
const LOCAL_OPERATOR = "local operator"; // the name the server gives where nobody signs in
const COUNT_REASON = "alarm.tracks";

export function AlarmBanner({ onAllClear }: { onAllClear: (zoneId: string) => void }): ReactNode {
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
          <Say it="alarm.more" count={alarms.length - SHOWN_MAX} />
        </p>
      ) : null}
    </section>
  );
}

interface CardProperties {
  alarm: Alarm;
  first: boolean;
  main: boolean;
  onAllClear: (zoneId: string) => void;
}

function AlarmCard({ alarm, first, main, onAllClear }: CardProperties): ReactNode {
  const { select } = useConsole();
  const passed = alarm.state === "passed";
  const reason = alarm.reasons.find((candidate) => candidate.code !== COUNT_REASON); // the count is said already
  return (
    <article
      className={main ? "alarm main" : "alarm"}
      data-stage={passed ? 0 : alarm.stage}
      data-state={alarm.state}
      data-unseen={alarm.acknowledged_t_ms === null && !passed}
    >
      <div className="alarm-what">
        <p className="alarm-stage">
          <LevelShape level={alarm.stage} />
          <Label group="alarm.stage" code={alarm.stage} />
        </p>
        <h2>
          <Zone id={alarm.zone_id} />
        </h2>
        <p className="alarm-count">
          <span>
            {passed ? null : alarm.active_ids.length === 1 ? <Say it="alarm.object" /> : <Say it="alarm.objects" count={alarm.active_ids.length} />}
          </span>
          {main && reason !== undefined ? (
            <span className="alarm-reason">
              <Because reason={reason} />
            </span>
          ) : null}
        </p>
      </div>
      {passed ? (
        <p className="alarm-passed">
          <Say it="alarm.passed" />
        </p>
      ) : (
        <TimeLeft alarm={alarm} />
      )}
      <div className="alarm-do">
        {passed ? null : <AcknowledgeButton alarm={alarm} first={first} />}
        {passed ? <ClearButton alarm={alarm} onAllClear={onAllClear} /> : null}
        {alarm.active_ids.length > 0 ? (
          <Button className="quiet" onPress={() => select(alarm.active_ids[0])}>
            <Say it="alarm.show" />
          </Button>
        ) : null}
      </div>
    </article>
  );
}

function TimeLeft({ alarm }: { alarm: Alarm }): ReactNode {
  const { likely_s, low_s, high_s } = alarm.time_left;
  const likely = useRemaining(likely_s, alarm.updated_t_ms);
  const low = useRemaining(low_s, alarm.updated_t_ms);
  const high = useRemaining(high_s, alarm.updated_t_ms);
  if (likely === null) {
    return (
      <p className="time-left">
        <Say it="alarm.noTime" />
      </p>
    );
  }
  return (
    <div className="time-left" role="timer">
      <bdi className="big">{seconds(likely)}</bdi>
      <span>
        {likely <= 0 ? <Say it="alarm.reached" /> : <Say it="alarm.secondsLeft" />}
        {low === null || high === null || high <= 0 ? null : (
          <small>
            <Say it="alarm.interval" low={seconds(low)} high={seconds(high)} />
          </small>
        )}
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

function ClearButton({ alarm, onAllClear }: { alarm: Alarm; onAllClear: (zoneId: string) => void }): ReactNode {
  const { mayAct } = useConsole();
  if (!mayAct) return null;
  return (
    <Button onPress={() => onAllClear(alarm.zone_id)}>
      <Say it="alarm.allClear" />
    </Button>
  );
}

/** Asks before the all-clear: people leave cover on it. zoneId "" means every zone. */
export function AllClearDialog({ zoneId, onClose }: { zoneId: string | null; onClose: () => void }): ReactNode {
  const { act } = useConsole();
  const store = useSlice("alarms");
  const [busy, setBusy] = useState(false);
  const active = store.state.alarms.some((alarm) => alarm.state === "active" && (zoneId === "" || alarm.zone_id === zoneId));
  const announce = async (): Promise<void> => {
    setBusy(true);
    if (await act({ action: "all_clear", zone_id: zoneId ?? "" })) onClose();
    setBusy(false);
  };
  return (
    <ChoiceDialog isOpen={zoneId !== null} onClose={onClose} title={<Say it="allClear.title" />}>
      <p>{zoneId === "" || zoneId === null ? <Say it="allClear.every" /> : <ZoneIsSafe id={zoneId} />}</p>
      {active ? (
        <p className="caution">
          <Say it="allClear.stillActive" />
        </p>
      ) : null}
      <div className="buttons">
        <Button className="primary" isDisabled={busy} onPress={() => void announce()}>
          <Say it="alarm.allClear" />
        </Button>
        <Button autoFocus onPress={onClose}>
          <Say it="action.cancel" />
        </Button>
      </div>
    </ChoiceDialog>
  );
}

function ZoneIsSafe({ id }: { id: string }): ReactNode {
  const { site } = useConsole();
  const say = usePlain();
  const zone = site.zones.find((candidate) => candidate.zone_id === id);
  const arabic = document.documentElement.lang === "ar";
  return say("allClear.zone", { zone: zone === undefined ? id : arabic ? zone.name_ar : zone.name_en });
}
