/** Asks before an alarm is retracted, as strictly as before the all-clear: people leave cover on it. */
import { type ReactNode } from "react";
import { useConsole } from "../context";
import { ChoiceDialog } from "../parts/choice_dialog";
import { ReasonForm } from "../parts/reason_form";
import { Say } from "../parts/words";
import { coming, lost, retractedWith } from "../picture/ranking";
import { toldOf } from "../picture/telling";
import { useSlice } from "../picture/store";
import { Coming, Ended, Gaps, LostWithSensors } from "./all_clear_dialog";

/** alarmId null: closed. */
export function RetractDialog({ alarmId, onClose }: { alarmId: string | null; onClose: () => void }): ReactNode {
  return (
    <ChoiceDialog isOpen={alarmId !== null} onClose={onClose} title={<Say it="retract.title" />}>
      <Question alarmId={alarmId ?? ""} onClose={onClose} />
    </ChoiceDialog>
  );
}

function Question({ alarmId, onClose }: { alarmId: string; onClose: () => void }): ReactNode {
  const { act } = useConsole();
  const store = useSlice("tracks");
  const { alarms } = useSlice("alarms").state;
  const meant = alarms.filter((alarm) => alarm.alarm_id === alarmId);
  const ended = [...meant, ...retractedWith(alarms, alarmId)];
  const ids = new Set(ended.flatMap((alarm) => alarm.track_ids));
  const arrivals = coming(store.state.tracks, alarms, "").filter(({ track }) => ids.has(track.track_id));
  const active = ended.some((alarm) => alarm.state === "active");
  const unseen = lost(ended, "", arrivals);
  const danger = active || arrivals.length > 0 || unseen.length > 0;
  return (
    <ReasonForm
      label="retract.reason"
      prepared="retract"
      doIt={danger ? "retract.allTheSame" : "retract.do"}
      grave={danger}
      onDo={(reason) => act({ action: "retract", alarm_id: alarmId, reason })}
      onClose={onClose}
    >
      <p>
        <Say it="retract.words" />
      </p>
      {active ? (
        <p className="caution grave" role="alert">
          <Say it="allClear.stillActive" />
        </p>
      ) : null}
      {arrivals.length > 0 ? <Coming arrivals={arrivals} atMs={store.state.tMs} /> : null}
      <LostWithSensors objects={unseen} />
      <Ended alarms={ended} />
      <ToWhom alarmIds={ended.map((alarm) => alarm.alarm_id)} />
      <Gaps />
      <p className="muted">
        <Say it="retract.canBeTakenBack" />
      </p>
    </ReasonForm>
  );
}

/** The outputs that took it, and are told that it was false; apart, those that never did. */
function ToWhom({ alarmIds }: { alarmIds: string[] }): ReactNode {
  const { telling } = useSlice("counters").state;
  const { got, missed } = toldOf(telling.deliveries, alarmIds);
  return (
    <div className="retract-to">
      <p>
        {got.length === 0 ? <Say it="retract.toNobody" /> : <Say it="retract.to" />} <Outputs ids={got} />
      </p>
      {missed.length === 0 ? null : (
        <p className="muted" data-missed={missed.join(" ")}>
          <Say it="retract.toMissed" /> <Outputs ids={missed} />
        </p>
      )}
    </div>
  );
}

function Outputs({ ids }: { ids: string[] }): ReactNode {
  return ids.map((id, place) => (
    <span key={id}>
      {place === 0 ? "" : " · "}
      <bdi>{id}</bdi>
    </span>
  ));
}
