/** What was announced, on which output, how far it came; who got an alarm and not yet its end; a test of the chain. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { clock, fixed } from "../i18n/numbers";
import { LevelShape } from "../parts/level_mark";
import { NotYours } from "../parts/permitted";
import { Trouble } from "../parts/trouble";
import { SaidToBe } from "../parts/said_to_be";
import { Label, Say, useCalled, Zone } from "../parts/words";
import { byAlarm, hops, isTrouble, newest, origin } from "../picture/telling";
import { useSlice } from "../picture/store";
import { allUnanswered } from "../picture/unanswered";
import type { Delivery } from "../wire";
import { HeldBack } from "./held_back";
import { OutputsSection } from "./outputs_section";
import { RetractDialog } from "./retract_dialog";
import { UnansweredWords } from "./unanswered";

export function TellingPanel(): ReactNode {
  const store = useSlice("counters");
  useSlice("alarms");
  const { site } = useConsole();
  const [retracting, setRetracting] = useState<string | null>(null);
  const { telling, alarms } = store.state;
  const open = new Set(alarms.map((alarm) => alarm.alarm_id));
  return (
    <div className="telling">
      <Unheard />
      <Held />
      <NotRetracted />
      {byAlarm(newest(telling.deliveries)).map(([alarmId, deliveries]) => (
        <section key={alarmId} className="told-alarm" data-alarm={alarmId} data-open={open.has(alarmId)}>
          <h3>
            <bdi className="number muted" dir="ltr">
              {clock(deliveries[deliveries.length - 1].made_t_ms, site.utc_offset_s)}
            </bdi>
            <LevelShape level={deliveries[0].stage} />
            {deliveries[0].kind === "test" ? <Say it="telling.trial" /> : <Zone id={deliveries[0].zone_id} />}
          </h3>
          <Origin of={deliveries} />
          <ul>
            {deliveries.map((one) => (
              <DeliveryRow key={one.announcement_id} delivery={one} />
            ))}
          </ul>
          {open.has(alarmId) ? <RetractButton onPress={() => setRetracting(alarmId)} /> : null}
        </section>
      ))}
      <OutputsSection telling={telling} />
      <RetractDialog alarmId={retracting} onClose={() => setRetracting(null)} />
    </div>
  );
}

/** How the alarm came about: seconds before its rule was fulfilled. */
function Origin({ of }: { of: Delivery[] }): ReactNode {
  const steps = origin(of);
  if (steps.length === 0) return null;
  return (
    <p className="hops origin muted">
      <Say it="hop.before" />{" "}
      {steps.map(({ step, s }, place) => (
        <span key={step}>
          {place === 0 ? null : " → "}
          <Label group="hop" code={step} />{" "}
          <bdi dir="ltr" className="number">
            {fixed(s, 1)}
          </bdi>
        </span>
      ))}{" "}
      <Say it="unit.s" />
    </p>
  );
}

function RetractButton({ onPress }: { onPress: () => void }): ReactNode {
  const { may } = useConsole();
  if (!may("end")) return <NotYours it="end" />;
  return (
    <Button className="small retract" onPress={onPress}>
      <Say it="retract.open" />
    </Button>
  );
}

/** One output's newest word: what, how far, after how many seconds. */
function DeliveryRow({ delivery }: { delivery: Delivery }): ReactNode {
  const called = useCalled();
  return (
    <li className="delivery" data-state={delivery.state} data-trouble={isTrouble(delivery)}>
      <p>
        <bdi>{delivery.output_id}</bdi> · <Label group="announcement" code={delivery.kind} />{" "}
        <strong>
          <Label group="delivery" code={delivery.state} />
        </strong>
        {delivery.is_drill ? (
          <small className="muted">
            {" "}
            <Say it="telling.drill" />
          </small>
        ) : null}
      </p>
      <p className="hops muted">
        {hops(delivery).map(({ step, s }, place) => (
          <span key={step}>
            {place === 0 ? null : " → "}
            <Label group="hop" code={step} />{" "}
            <bdi dir="ltr" className="number">
              {fixed(s, 1)}
            </bdi>
          </span>
        ))}{" "}
        <Say it="unit.s" />
      </p>
      {delivery.confirmed_by.length === 0 ? null : (
        <p>
          <Say it="telling.confirmedBy" names={delivery.confirmed_by.map(called).join(", ")} />
        </p>
      )}
      {delivery.said_to_be.length === 0 ? null : (
        <p className="caution">
          <SaidToBe names={delivery.said_to_be} />
        </p>
      )}
      {delivery.code === "" ? null : (
        <p className="note">
          <Trouble code={delivery.code} />
        </p>
      )}
    </li>
  );
}

/** First of all: to whom an alarm that runs does not get through. */
function Unheard(): ReactNode {
  const store = useSlice("counters");
  const { telling, alarms } = useSlice("alarms").state;
  const found = store.over ? [] : allUnanswered(telling, alarms);
  if (found.length === 0) return null;
  return (
    <ul className="caution grave unheard">
      {found.map((one) => (
        <li key={one.outputId} data-output={one.outputId}>
          <UnansweredWords of={one} />
        </li>
      ))}
    </ul>
  );
}

/** What somebody holds back, and until when. */
function Held(): ReactNode {
  const { alarms } = useSlice("alarms").state;
  return alarms.map((alarm) => <HeldBack key={alarm.alarm_id} alarm={alarm} />);
}

/** As loud as it is important: somebody still takes cover for what is over. */
function NotRetracted(): ReactNode {
  const store = useSlice("counters");
  const { not_retracted } = store.state.telling;
  if (not_retracted.length === 0) return null;
  return (
    <div className="caution grave not-retracted" role="alert">
      <p>
        <Say it="telling.notRetracted" />
      </p>
      <ul>
        {not_retracted.map(({ output_id, alarm_id }) => (
          <li key={`${output_id} ${alarm_id}`}>
            <bdi>{output_id}</bdi> · <AlarmName id={alarm_id} />
          </li>
        ))}
      </ul>
    </div>
  );
}

/** An alarm as people know it: by its zone; by its name where nothing else is known of it. */
function AlarmName({ id }: { id: string }): ReactNode {
  const told = useSlice("counters").state.telling.deliveries.find((one) => one.alarm_id === id);
  return told === undefined ? <bdi>{id}</bdi> : <Zone id={told.zone_id} />;
}
