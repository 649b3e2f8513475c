/** Asks before the all-clear: people leave cover on it. zoneId "" means every zone. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { ChoiceDialog } from "../parts/choice_dialog";
import { moment } from "../i18n/numbers";
import { Countdown } from "../parts/countdown";
import { OnWatch } from "../parts/on_watch";
import { Counted, Label, Say, useCalled, Zone, zoneName } from "../parts/words";
import { coming, type Coming as Arrival, lost, type Lost } from "../picture/ranking";
import { useSlice } from "../picture/store";
import { usePreferences } from "../preferences";
import type { Alarm } from "../wire";
import { Opens, opensMs } from "./alarm_falls";

export function AllClearDialog({ zoneId, onClose }: { zoneId: string | null; onClose: () => void }): ReactNode {
  const { site } = useConsole();
  const { language } = usePreferences();
  const everywhere = zoneId === "" || zoneId === null;
  const title = everywhere ? <Say it="allClear.titleEvery" /> : <Say it="allClear.titleZone" zone={zoneName(site, zoneId, language)} />;
  return (
    <ChoiceDialog isOpen={zoneId !== null} onClose={onClose} title={title}>
      <Question zoneId={zoneId ?? ""} onClose={onClose} />
    </ChoiceDialog>
  );
}

function Question({ zoneId, onClose }: { zoneId: string; onClose: () => void }): ReactNode {
  const { act } = useConsole();
  const store = useSlice("tracks");
  useSlice("alarms");
  useSlice("clock");
  const [busy, setBusy] = useState(false);
  const arrivals = coming(store.state.tracks, store.state.alarms, zoneId);
  const unseen = lost(store.state.alarms, zoneId, arrivals);
  const active = store.state.alarms.some((alarm) => alarm.state === "active" && (zoneId === "" || alarm.zone_id === zoneId));
  const shown = store.state.alarms.filter((alarm) => alarm.state !== "cleared" && (zoneId === "" || alarm.zone_id === zoneId));
  const danger = active || arrivals.length > 0 || unseen.length > 0;
  const announce = async (): Promise<void> => {
    setBusy(true);
    if (await act({ action: "all_clear", zone_id: zoneId, alarm_ids: shown.map((alarm) => alarm.alarm_id) })) onClose();
    setBusy(false);
  };
  const doIt = (
    <Button key="do" className={danger ? "" : "primary"} isDisabled={busy || opensMs(shown, store.nowMs()) !== null} onPress={() => void announce()}>
      <Say it={danger ? "allClear.allTheSame" : "alarm.allClear"} />
    </Button>
  );
  const cancel = (
    <Button key="cancel" className={danger ? "primary" : ""} autoFocus onPress={onClose}>
      <Say it="action.cancel" />
    </Button>
  );
  return (
    <>
      <Sentence zoneId={zoneId} />
      <OnWatch className="all-clear-watch" />
      <Opens alarms={shown} />
      {active ? (
        <p className="caution grave" role="alert">
          <Say it="allClear.stillActive" />
        </p>
      ) : null}
      {arrivals.length > 0 ? <Coming arrivals={arrivals} atMs={store.state.tMs} /> : null}
      <LostWithSensors objects={unseen} />
      <Ended alarms={shown} />
      <Gaps />
      <p className="muted">
        <Say it="allClear.canBeTakenBack" />
      </p>
      <div className="buttons">{danger ? [cancel, doIt] : [doIt, cancel]}</div>
    </>
  );
}

/** The alarms that it ends: zone, objects as its card counts them, and which of them nobody has acknowledged. */
export function Ended({ alarms }: { alarms: Alarm[] }): ReactNode {
  const ended = alarms.filter((alarm) => alarm.state !== "cleared");
  if (ended.length === 0) return null;
  return (
    <div className="all-clear-ends">
      <p>
        <Say it="allClear.ends" />
      </p>
      <ul>
        {ended.map((alarm) => (
          <li key={alarm.alarm_id} data-alarm={alarm.alarm_id} data-unseen={alarm.acknowledged_t_ms === null}>
            <Label group="alarm.stage" code={alarm.stage} /> · <Zone id={alarm.zone_id} />
            {alarm.active_ids.length === 0 ? null : (
              <>
                {" · "}
                <Counted it="alarm.objects" count={alarm.active_ids.length} />
              </>
            )}
            {alarm.acknowledged_t_ms === null ? (
              <strong>
                {" · "}
                <Say it="allClear.unacknowledged" />
              </strong>
            ) : null}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What is about to be said, and to which zones. */
function Sentence({ zoneId }: { zoneId: string }): ReactNode {
  const { site } = useConsole();
  const { language } = usePreferences();
  const store = useSlice("alarms");
  if (zoneId !== "") {
    return (
      <p>
        <Say it="allClear.zone" zone={zoneName(site, zoneId, language)} />
      </p>
    );
  }
  const warned = new Set(store.state.alarms.filter((alarm) => alarm.state !== "cleared").map((alarm) => alarm.zone_id));
  return (
    <>
      <p>
        <Say it="allClear.every" />
      </p>
      {warned.size === 0 ? null : (
        <p className="all-clear-zones">
          {[...warned].map((id, place) => (
            <span key={id}>
              {place === 0 ? "" : " · "}
              <Zone id={id} />
            </span>
          ))}
        </p>
      )}
    </>
  );
}

export function Coming({ arrivals, atMs }: { arrivals: Arrival[]; atMs: number }): ReactNode {
  return (
    <div className="caution grave still-coming" role="alert">
      <p>
        <Say it="allClear.coming" />
      </p>
      <ul>
        {arrivals.map(({ track, zone_id, time_s }) => (
          <li key={track.track_id}>
            <span>
              <Label group="class" code={track.class_name} /> <bdi dir="auto">{track.name || `#${track.track_id}`}</bdi>
              {zone_id === null ? null : (
                <>
                  {" · "}
                  <Zone id={zone_id} />
                </>
              )}
            </span>
            {time_s === null ? <Say it="alarm.noTime" /> : <Countdown leftS={time_s} atMs={atMs} />}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What may still come though nobody sees it: how many, each with the zones that it was dangerous for and when it was seen last. */
export function LostWithSensors({ objects }: { objects: Lost[] }): ReactNode {
  const { site } = useConsole();
  const store = useSlice("clock");
  if (objects.length === 0) return null;
  return (
    <div className="caution grave still-coming" role="alert" data-lost={objects.length}>
      <p>
        <Say it="allClear.lost" count={objects.length} />
      </p>
      <ul>
        {objects.map(({ track_id, zone_ids, last_t_ms }) => (
          <li key={track_id}>
            <span>
              <bdi>{`#${track_id}`}</bdi>
              {zone_ids.map((id) => (
                <span key={id}>
                  {" · "}
                  <Zone id={id} />
                </span>
              ))}
            </span>
            <span>
              <Say it="allClear.lostAt" at={moment(last_t_ms, store.nowMs(), site.utc_offset_s)} />
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** What is not known: who looks, whether the picture is of now, where the people are. */
export function Gaps(): ReactNode {
  const store = useSlice("sensors");
  useSlice("clock");
  useSlice("incident");
  const called = useCalled();
  const { sensors, incident } = store.state;
  const silent = sensors.filter(({ health }) => health === "lost" || health === "gone");
  const uncounted = incident !== null && incident.closed_t_ms === null && !incident.accounted;
  return (
    <>
      {store.stale ? (
        <p className="caution grave">
          <Say it="stale.title" />
        </p>
      ) : null}
      {store.blind ? (
        <p className="caution grave">
          <Say it="blind.title" />
        </p>
      ) : null}
      {silent.length > 0 ? (
        <p className="caution">
          <Say it="allClear.silent" />{" "}
          {silent.map((sensor, place) => (
            <span key={sensor.sensor_id}>
              {place === 0 ? "" : " · "}
              <bdi>{called(sensor.name)}</bdi>
            </span>
          ))}
        </p>
      ) : null}
      {uncounted ? (
        <p className="caution">
          <Say it="allClear.uncounted" />
        </p>
      ) : null}
    </>
  );
}
