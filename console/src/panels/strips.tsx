/** What must never be overlooked: exercise, notices, faults, silent sensors, blocked sound, an old picture. */
import type { ReactNode } from "react";
import { useConsole } from "../context";
import { biasWords, seconds } from "../i18n/numbers";
import { Label, Say } from "../parts/words";
import { unacknowledged } from "../picture/ranking";
import { useSlice } from "../picture/store";
import { useSoundArmed } from "./top_bar";

export function ModeStrip(): ReactNode {
  const { site } = useConsole();
  if (site.mode === "live") return null;
  return (
    <div className="mode-strip" data-mode={site.mode} role="note">
      <strong>
        <Say it={`mode.${site.mode}`} />
      </strong>
      <span>
        <Say it={`mode.${site.mode}.note`} />
      </span>
      <strong aria-hidden="true">
        <Say it={`mode.${site.mode}`} />
      </strong>
    </div>
  );
}

export function FaultStrip(): ReactNode {
  const store = useSlice("counters");
  const over = store.state.notices.includes("simulation-over");
  return (
    <div className="fault-strip" role="status">
      <BlockedSound />
      {store.state.notices.map((code) => (
        <p key={code} className="notice">
          <Label group="notice" code={code} />
        </p>
      ))}
      {store.state.faults.map((code) => (
        <p key={code} className="fault">
          <strong>
            <Say it="fault.title" />
          </strong>{" "}
          <Label group="fault" code={code} />
        </p>
      ))}
      {over ? null : <SilentSensors />}
      <MisalignedSensors />
    </div>
  );
}

/** As loud as what it blocks: an alarm that nobody can hear must be seen. */
function BlockedSound(): ReactNode {
  const store = useSlice("alarms");
  const armed = useSoundArmed();
  if (armed) return null;
  const stage = unacknowledged(store.state.alarms).reduce((worst, alarm) => Math.max(worst, alarm.stage), 0);
  return (
    <p className="blocked-sound" role={stage > 0 ? "alert" : undefined} data-stage={stage}>
      <Say it="sound.blocked" />
    </p>
  );
}

function SilentSensors(): ReactNode {
  const store = useSlice("sensors");
  useSlice("clock");
  const silent = store.state.sensors.filter((sensor) => sensor.health === "lost");
  return silent.map((sensor) => (
    <p key={sensor.sensor_id} className="fault">
      {sensor.last_t_ms === 0 ? (
        <Say it="sensor.neverHeard" name={sensor.name} />
      ) : (
        <Say it="sensor.silent" name={sensor.name} age={seconds((store.nowMs() - sensor.last_t_ms) / 1000)} />
      )}
    </p>
  ));
}

/** Sensors that are so far off that somebody must look after them, corrected or not. */
function MisalignedSensors(): ReactNode {
  const store = useSlice("sensors");
  return store.state.sensors.flatMap((sensor) =>
    sensor.biases
      .filter((bias) => bias.large)
      .map((bias) => (
        <p key={`${sensor.sensor_id} ${bias.quantity}`} className="fault">
          <Say it={`sensor.off.${bias.quantity}`} name={sensor.name} {...biasWords(bias)} />{" "}
          <Say it={bias.applied ? "sensor.off.corrected" : "sensor.off.uncorrected"} />
        </p>
      )),
  );
}

/** Over the map while the picture is old. */
export function StaleNotice(): ReactNode {
  const store = useSlice("clock");
  useSlice("link");
  if (!store.stale) return null;
  const age = store.ageMs();
  if (age === null && store.link === "connecting") return null;
  return (
    <div className="stale" role="alert">
      <strong>
        <Say it="stale.title" />
      </strong>
      <p>{age === null ? <Say it="stale.none" /> : <Say it="stale.age" age_s={seconds(age / 1000)} />}</p>
      {store.link === "open" ? null : (
        <p>
          <Say it="stale.link" />
        </p>
      )}
    </div>
  );
}
