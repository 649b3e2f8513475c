/** Which sensors live. A silent one is also in the strip at the top, and its coverage turns grey. */
import type { ReactNode } from "react";
import { biasWords, fixed } from "../i18n/numbers";
import { notePieces } from "../i18n/sensor_note";
import { Askers } from "./askers";
import { Because, Counted, Label, Pieces, Say, useAge, useCalled } from "../parts/words";
import { useSlice } from "../picture/store";
import { usePreferences } from "../preferences";
import type { Bias, Navigation as NavigationHealth, Sensor } from "../wire";

const ORDER: Record<Sensor["health"], number> = { lost: 0, refused: 1, degraded: 2, gone: 3, ok: 4 };

const PANEL_ID = "sensors";

/** Bring the panel into view and say where it is. */
export function lookAtSensors(): void {
  const panel = document.getElementById(PANEL_ID);
  panel?.scrollIntoView({ block: "nearest" });
  panel?.focus();
}

export function SensorPanel(): ReactNode {
  const store = useSlice("sensors");
  useSlice("clock");
  const { stale } = store;
  const sensors = [...store.state.sensors].sort((a, b) => ORDER[a.health] - ORDER[b.health] || (a.name < b.name ? -1 : 1));
  const ok = sensors.filter((sensor) => sensor.health === "ok").length;
  const degraded = sensors.filter((sensor) => sensor.health === "degraded").length;
  const summary = stale ? "sensors.summaryStale" : degraded > 0 ? "sensors.summaryDegraded" : "sensors.summary";
  return (
    <section className="sensors panel" id={PANEL_ID} tabIndex={-1} data-stale={stale}>
      <div className="panel-head">
        <h2>
          <Say it="sensors.title" />
        </h2>
        <span className="muted">
          {sensors.length === 0 ? <Say it="sensors.none" /> : <Say it={summary} ok={ok} all={sensors.length} degraded={degraded} />}
        </span>
      </div>
      <Navigation />
      <ul>
        <Askers />
        {sensors.map((sensor) => (
          <SensorRow key={sensor.sensor_id} sensor={sensor} />
        ))}
      </ul>
    </section>
  );
}

const NAVIGATION_MARKS: Record<NavigationHealth["state"], string> = { good: "●", doubtful: "◐", bad: "✕", unknown: "○" };

/** Whether the places that aircraft claim can be believed, and what speaks against it. */
function Navigation(): ReactNode {
  const store = useSlice("counters");
  const { navigation } = store.state;
  if (navigation === null) return null;
  return (
    <div className="navigation" data-navigation={navigation.state}>
      <span className="health-mark" aria-hidden="true">
        {NAVIGATION_MARKS[navigation.state]}
      </span>
      <span className="sensor-name">
        <Say it="navigation.title" />
        <small className="muted">
          <Counted it="navigation.aircraft" count={navigation.aircraft} />
        </small>
      </span>
      <span className="sensor-health">
        <Label group="navigation" code={navigation.state} />
      </span>
      {navigation.reasons.map((reason) => (
        <small className="note" key={reason.code}>
          <Because reason={reason} />
        </small>
      ))}
    </div>
  );
}

const MARKS: Record<Sensor["health"], string> = { ok: "●", degraded: "◐", lost: "✕", gone: "○", refused: "⊘" };

function SensorRow({ sensor }: { sensor: Sensor }): ReactNode {
  const store = useSlice("clock");
  const { language } = usePreferences();
  const called = useCalled();
  const age = useAge();
  return (
    <li data-health={sensor.health}>
      <span className="health-mark" aria-hidden="true">
        {MARKS[sensor.health]}
      </span>
      <span className="sensor-name">
        <bdi>{called(sensor.name)}</bdi>
        <small className="muted">
          <Label group="kind" code={sensor.kind} />
        </small>
      </span>
      <span className="sensor-health">
        <Label group="health" code={sensor.health} />
        <small className="muted">
          {sensor.last_t_ms === 0 ? (
            <Say it="sensors.never" />
          ) : store.stale ? (
            <Say it="sensors.lastSeen" />
          ) : (
            <Say it="sensors.heard" age={age((store.nowMs() - sensor.last_t_ms) / 1000)} />
          )}
        </small>
      </span>
      {sensor.note ? (
        <small className="note">
          <Pieces of={notePieces(language, sensor.note)} />
        </small>
      ) : null}
      {sensor.delay === null ? null : (
        <small className="note muted">
          <Say it="sensors.delay" latency={fixed(sensor.delay.latency_s, 1)} late={fixed(sensor.delay.late_s, 1)} />
        </small>
      )}
      {sensor.biases.length > 0 ? <Alignment biases={sensor.biases} /> : null}
    </li>
  );
}

/** How far the sensor is off: open by itself while something is corrected or must be looked after. */
function Alignment({ biases }: { biases: Bias[] }): ReactNode {
  const off = biases.some((bias) => bias.applied || bias.large);
  return (
    <details className="alignment" open={off}>
      <summary>
        <Say it={off ? "sensors.misaligned" : "sensors.aligned"} />
      </summary>
      <ul>
        {biases.map((bias) => (
          <li key={bias.quantity} data-large={bias.large}>
            <Say it={`bias.${bias.quantity}`} {...biasWords(bias)} />
            {bias.applied ? (
              <>
                {" · "}
                <Say it="bias.applied" />
              </>
            ) : null}
          </li>
        ))}
      </ul>
    </details>
  );
}
