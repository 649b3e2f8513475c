/** What must never be overlooked: exercise, notices, faults, silent sensors, blocked sound, an old picture. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { biasWords } from "../i18n/numbers";
import { ChoiceDialog } from "../parts/choice_dialog";
import { Until } from "../parts/until";
import { Because, Counted, Label, Say, useAge, useCalled } from "../parts/words";
import { sounding } from "../picture/ranking";
import { useSlice, works } from "../picture/store";
import { useCoverage } from "../picture/coverage";
import { calling } from "../picture/distress";
import { isTrouble, newest, outputFault } from "../picture/telling";
import { allUnanswered, type Unanswered } from "../picture/unanswered";
import type { Alarm, CoverageOpening, Excused, Overload, Sensor, Telling, Track } from "../wire";
import { lookAtSensors } from "./sensor_panel";
import { UnansweredWords } from "./unanswered";
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

interface Line {
  key: string;
  className: "blind" | "unheard" | "fault" | "notice" | "quiet";
  words: ReactNode;
}

/**
 * One line high, whatever it has to say: nothing below it moves by itself. The worst stands first, a button opens
 * the others, and what is below makes way.
 */
export function FaultStrip(): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const lines = useLines();
  const many = lines.length > 1;
  return (
    <div className="fault-strip" data-open={isOpen && many}>
      <div className="fault-lines" role="status">
        {lines.map(({ key, className, words }) => (
          <p key={key} className={className} role={className === "blind" || className === "unheard" ? "alert" : undefined}>
            {words}
          </p>
        ))}
      </div>
      {lines.length === 0 ? <Calm /> : null}
      {many ? (
        <Button className="small fault-more" aria-expanded={isOpen} onPress={() => setOpen(!isOpen)}>
          <span>{isOpen ? <Say it="fault.fewer" /> : <Counted it="fault.more" count={lines.length - 1} />}</span>
        </Button>
      ) : null}
    </div>
  );
}

/** That nothing is wrong is said only while it is known. */
function Calm(): ReactNode {
  const store = useSlice("clock");
  return store.stale ? null : (
    <p className="calm">
      <Say it="fault.none" />
    </p>
  );
}

/** Everything to be told, the worst first. */
function useLines(): Line[] {
  const store = useSlice("counters");
  useSlice("sensors");
  useSlice("flights");
  useSlice("clock");
  const { sensors, faults, notices, navigation, clock, overloads } = store.state;
  const over = notices.includes("simulation-over");
  const asking = store.state.askers.filter((asker) => asker.asking !== "refused").length;
  const silentOutputs = over ? [] : allUnanswered(store.state.telling, store.state.alarms);
  const silentIds = new Set(silentOutputs.map((one) => one.outputId)); // told once, with what to do
  const openings = useCoverage(null)?.openings ?? [];
  const corrected = sensors.filter((sensor) => sensor.biases.some((bias) => bias.large && bias.applied));
  return [
    ...(store.blind ? [{ key: "blind", className: "blind" as const, words: <Blind sensors={sensors} /> }] : []),
    ...silentOutputs.map(unheard),
    ...calling(store.state.tracks.values()).map(distressed),
    ...faults.filter((code) => !silentIds.has(outputFault(code)?.outputId ?? "")).map((code) => ({ key: code, className: "fault" as const, words: <Fault code={code} /> })),
    ...unreached(store.state.telling, store.state.alarms),
    ...overloads.map(excessive),
    ...(over ? [] : sensors.filter(({ health }) => health === "lost").map(silent)),
    ...(over ? [] : openings.map(opened)),
    ...sensors.flatMap(misaligned),
    ...store.state.flightNews.filter(({ what }) => what.code !== "flight.news.seen").map((news) => ({
      key: `flight ${news.t_ms} ${news.what.code} ${String(news.what.arguments.flight)}`,
      className: "notice" as const,
      words: <Because reason={news.what} />,
    })),
    ...(clock === null ? [] : [{ key: "clock", className: "notice" as const, words: <Because reason={clock.what} /> }]),
    ...(navigation?.state === "bad" ? [{ key: "navigation", className: "fault" as const, words: <Navigation /> }] : []),
    ...(asking === 0 ? [] : [{ key: "askers", className: "notice" as const, words: <Asking count={asking} /> }]),
    ...(store.state.excused === null ? [] : [{ key: "excused", className: "notice" as const, words: <NotAnnounced {...store.state.excused} /> }]),
    ...notices.filter((code) => !code.startsWith(WOULD_CHANGE)).map((code) => ({ key: code, className: "notice" as const, words: <Notice code={code} /> })),
    ...(corrected.length === 0 ? [] : [{ key: "corrected", className: "quiet" as const, words: <Corrected count={corrected.length} /> }]),
  ];
}

const CHANGED = "settings.changed:";
const CROWD = /^crowd:(.+) (\d+) (\S*)$/;
const WAITING = "settings-waiting";
const WOULD_CHANGE = "settings-would-change:";

/** What everybody should know; a settings file that has changed can be put in force by whoever may, who sees first what changes. */
function Notice({ code }: { code: string }): ReactNode {
  const { may } = useConsole();
  const [asking, setAsking] = useState(false);
  if (code.startsWith(CHANGED)) return <Say it="notice.settings-changed" keys={code.slice(CHANGED.length)} />;
  const crowd = CROWD.exec(code);
  if (crowd !== null) {
    const [, door, number, addresses] = crowd;
    return <Say it="notice.crowd" door={door} number={Number(number)} addresses={addresses.replaceAll(",", ", ")} />;
  }
  return (
    <>
      <Label group="notice" code={code} />{" "}
      {code === WAITING && may("settings") ? (
        <button type="button" className="link" onClick={() => setAsking(true)}>
          <Say it="settings.apply" />
          {" …"}
        </button>
      ) : null}
      <ChoiceDialog isOpen={asking} onClose={() => setAsking(false)} title={<Say it="settings.applyTitle" />}>
        <ApplySettings onClose={() => setAsking(false)} />
      </ChoiceDialog>
    </>
  );
}

/** Which settings the file would change, and the question whether they are to. */
function ApplySettings({ onClose }: { onClose: () => void }): ReactNode {
  const { act } = useConsole();
  const { notices } = useSlice("counters").state;
  const { incident } = useSlice("incident").state;
  const keys = notices.find((one) => one.startsWith(WOULD_CHANGE))?.slice(WOULD_CHANGE.length) ?? "";
  const apply = async (): Promise<void> => {
    if (await act({ action: "apply_settings" })) onClose();
  };
  return (
    <>
      <p>
        <Say it={keys === "" ? "settings.applyUnknown" : "settings.applyKeys"} />
      </p>
      {keys === "" ? null : (
        <p className="settings-keys">
          <bdi dir="ltr">{keys}</bdi>
        </p>
      )}
      {incident !== null && incident.closed_t_ms === null ? (
        <p className="caution">
          <Say it="settings.applyIncident" />
        </p>
      ) : null}
      <div className="buttons">
        <Button className="primary" autoFocus onPress={onClose}>
          <Say it="action.cancel" />
        </Button>
        <Button className="do" onPress={() => void apply()}>
          <Say it="settings.apply" />
        </Button>
      </div>
    </>
  );
}

/** A hold that an all-clear has made, and when it ends by itself. */
function NotAnnounced({ tracks, until_t_ms }: Excused): ReactNode {
  return (
    <>
      <Say it="excused.told" count={tracks} /> <Until tMs={until_t_ms} />
    </>
  );
}

/** As loud as a fault can be: what comes now, nobody sees. */
function Blind({ sensors }: { sensors: Sensor[] }): ReactNode {
  return (
    <>
      <strong>
        <Say it="blind.title" />
      </strong>{" "}
      <Say it={sensors.length === 0 ? "blind.none" : sensors.some(works) ? "blind.hearing" : "blind.silent"} />
    </>
  );
}

/** Outputs that do not answer while an alarm runs: before all that can wait. */
const unheard = (one: Unanswered): Line => ({ key: `unanswered ${one.outputId}`, className: "unheard", words: <UnansweredWords of={one} /> });

/** Alarms that stand and that somebody was not told of. */
function unreached(telling: Telling, alarms: Alarm[]): Line[] {
  const open = new Set(alarms.map((alarm) => alarm.alarm_id));
  const count = newest(telling.deliveries).filter((one) => open.has(one.alarm_id) && isTrouble(one)).length + telling.not_retracted.length;
  return count === 0 ? [] : [{ key: "telling", className: "fault", words: <Counted it="telling.trouble" count={count} /> }];
}

const distressed = (track: Track): Line => ({ key: `distress ${track.track_id}`, className: "fault", words: <Distressed track={track} /> });

/** An aircraft that calls for help or is taken over; a press shows it. */
function Distressed({ track }: { track: Track }): ReactNode {
  const { select } = useConsole();
  const { claim } = track;
  if (claim === null) return null;
  return (
    <button type="button" className="link distress" onClick={() => select(track.track_id)}>
      <Say
        it={claim.distress === "emergency" ? "distress.emergency.told" : "distress.unlawful_interference.told"}
        name={claim.callsign || claim.identifier}
        track={track.track_id}
        squawk={claim.squawk || "–"}
      />
    </button>
  );
}

function Navigation(): ReactNode {
  return (
    <button type="button" className="link" onClick={lookAtSensors}>
      <Say it="navigation.bad.told" />
    </button>
  );
}

/** Sensors that nobody has let in; a press shows them. */
function Asking({ count }: { count: number }): ReactNode {
  return (
    <button type="button" className="link" onClick={lookAtSensors}>
      <Counted it="askers.told" count={count} />
    </button>
  );
}

const excessive = ({ shed, sensor_id, what }: Overload): Line => ({
  key: `overload ${shed} ${sensor_id}`,
  className: "fault",
  words: <Excessive what={what} />,
});

/** What the site cannot follow; a press shows the sensors. */
function Excessive({ what }: { what: Overload["what"] }): ReactNode {
  return (
    <button type="button" className="link" onClick={lookAtSensors}>
      <Because reason={what} />
    </button>
  );
}

function Fault({ code }: { code: string }): ReactNode {
  const output = outputFault(code);
  if (output !== null) {
    return (
      <>
        <strong>
          <Say it="fault.output" name={output.outputId} />
        </strong>{" "}
        <Label group="outputFault" code={output.fault} />
      </>
    );
  }
  return (
    <>
      <strong>
        <Say it="fault.title" />
      </strong>{" "}
      <Label group="fault" code={code} />
    </>
  );
}

const silent = (sensor: Sensor): Line => ({ key: `silent ${sensor.sensor_id}`, className: "fault", words: <Silent sensor={sensor} /> });

function Silent({ sensor }: { sensor: Sensor }): ReactNode {
  const called = useCalled();
  const age = useAge();
  const store = useSlice("clock");
  if (sensor.last_t_ms === 0) return <Say it="sensor.neverHeard" name={called(sensor.name)} />;
  return <Say it="sensor.silent" name={called(sensor.name)} age={age((store.nowMs() - sensor.last_t_ms) / 1000)} />;
}

/** A hole in what is seen, for a sensor is silent. */
const opened = ({ what, sensor_ids }: CoverageOpening): Line => ({
  key: `hole ${String(what.arguments.from_bearing)} ${String(what.arguments.height_m)} ${sensor_ids.join(" ")}`,
  className: "fault",
  words: <Because reason={what} />,
});

/** How far a sensor is off where it is not corrected: the picture is wrong by as much. */
function misaligned(sensor: Sensor): Line[] {
  return sensor.biases
    .filter((bias) => bias.large && !bias.applied)
    .map((bias) => ({
      key: `off ${sensor.sensor_id} ${bias.quantity}`,
      className: "fault",
      words: <Misaligned name={sensor.name} bias={bias} />,
    }));
}

function Misaligned({ name, bias }: { name: string; bias: Sensor["biases"][number] }): ReactNode {
  const called = useCalled();
  return (
    <>
      <Say it={`sensor.off.${bias.quantity}`} name={called(name)} {...biasWords(bias)} /> <Say it="sensor.off.uncorrected" />
    </>
  );
}

/** What is corrected by itself needs nobody now: one line for all of it. */
function Corrected({ count }: { count: number }): ReactNode {
  return (
    <button type="button" className="link" onClick={lookAtSensors}>
      <Counted it="sensor.off.corrected" count={count} />
    </button>
  );
}

/**
 * As loud as what it blocks: an alarm that nobody can hear must be seen. It lies over the map, for the
 * click that ends it must not move what is clicked.
 */
export function BlockedSound(): ReactNode {
  const store = useSlice("alarms");
  const armed = useSoundArmed();
  useSlice("counters");
  if (armed) return null;
  const unseen = store.over ? [] : sounding(store.state.alarms);
  const stage = unseen.reduce((worst, alarm) => Math.max(worst, alarm.stage), 0);
  return (
    <p className="blocked-sound" role={stage > 0 ? "alert" : undefined} data-stage={stage}>
      <Say it="sound.blocked" />
    </p>
  );
}

/** Over the map while the picture is old. */
export function StaleNotice(): ReactNode {
  const store = useSlice("clock");
  const inWords = useAge();
  useSlice("link");
  if (!store.stale) return null;
  const age = store.ageMs();
  if (age === null && store.link === "connecting") return null;
  return (
    <div className="stale" role="alert">
      <strong>
        <Say it="stale.title" />
      </strong>
      <p>{age === null ? <Say it="stale.none" /> : <Say it="stale.age" age={inWords(age / 1000)} />}</p>
      {store.link === "open" ? null : (
        <p>
          <Say it="stale.link" />
        </p>
      )}
    </div>
  );
}
