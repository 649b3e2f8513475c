/** The ranked list: what to look at first. A list box moved through with the arrow keys. */
import { type KeyboardEvent, memo, type ReactNode, useEffect, useRef, useState } from "react";
import { Button, ToggleButton } from "react-aria-components";
import { useConsole } from "../context";
import { bearing, height, kilometres, known, whole } from "../i18n/numbers";
import { symbolAddress } from "../map/symbols";
import { Countdown, Interval } from "../parts/countdown";
import { LevelMark } from "../parts/level_mark";
import { SquawkChip } from "../parts/squawk_chip";
import type { Key } from "../i18n/wording";
import { Counted, Label, Quantity, Say, useAge, usePlain, Zone } from "../parts/words";
import { useAim, useHeldOrder } from "../picture/held_order";
import { ranked } from "../picture/ranking";
import type { Column } from "../picture/state";
import { store, useSlice } from "../picture/store";
import type { Track } from "../wire";

const SHOWN_FIRST = 60; // the rest on a press: a list that is drawn twice a second is no longer than it need be
const RENDER_MS = 500;
const FRESH_MS = 3000; // a track without a plot for longer is only carried on

/** The picture's tracks at most twice a second: a list that jumps cannot be read. */
function useCalmTracks(): number {
  const [count, setCount] = useState(0);
  useEffect(() => {
    let timer = 0;
    const stop = store.subscribe("tracks", () => {
      if (timer !== 0) return;
      timer = window.setTimeout(() => {
        timer = 0;
        setCount((before) => before + 1);
      }, RENDER_MS);
    });
    return () => {
      stop();
      window.clearTimeout(timer);
    };
  }, []);
  return count;
}

export function ThreatList(): ReactNode {
  const [all, setAll] = useState(false);
  const [whole, setWhole] = useState(false);
  const { selected, select } = useConsole();
  const say = usePlain();
  const list = useRef<HTMLUListElement>(null);
  const { aiming, aim, letGo } = useAim(); // what somebody aims at must not move away
  useCalmTracks();
  const { shown: wished, all: count } = ranked(store.state.tracks.values(), all, whole ? Infinity : SHOWN_FIRST);
  const shown = useHeldRows(wished, aiming, all);

  const move = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -shown.length, End: shown.length };
    const step = steps[event.key];
    if (step === undefined || shown.length === 0) return;
    event.preventDefault();
    aim();
    const now = shown.findIndex(({ track }) => track.track_id === selected);
    const next = Math.max(0, Math.min(shown.length - 1, now === -1 ? 0 : now + step));
    select(shown[next].track.track_id);
    list.current?.children[next]?.scrollIntoView({ block: "nearest" });
  };

  return (
    <section className="threats panel">
      <div className="panel-head">
        <h2>
          <Say it={all ? "threats.titleAll" : "threats.title"} /> <bdi className="count">{count}</bdi>
        </h2>
        <ToggleButton isSelected={all} onChange={setAll} className="small">
          <Say it={all ? "threats.danger" : "threats.all"} />
        </ToggleButton>
      </div>
      <ul
        ref={list}
        role="listbox"
        tabIndex={0}
        aria-label={say("threats.list")}
        aria-activedescendant={shown.some(({ track }) => track.track_id === selected) ? `track-${selected}` : undefined}
        onKeyDown={move}
        onPointerMove={aim}
        onPointerDown={aim}
        onPointerLeave={letGo}
        onFocus={aim}
        data-held={aiming}
        id="threats"
      >
        {shown.map(({ track, state, facts }) => (
          <ThreatRow key={track.track_id} track={track} state={state} facts={facts} atMs={store.state.tMs} selected={track.track_id === selected} />
        ))}
      </ul>
      {shown.length === 0 ? <Nothing /> : null}
      {count > wished.length ? (
        <Button className="small more" onPress={() => setWhole(true)}>
          <span>
            <Counted it="threats.more" count={count - wished.length} />
          </span>
        </Button>
      ) : null}
    </section>
  );
}

/** Calm only where somebody watches and the picture is of now. */
function Nothing(): ReactNode {
  useSlice("clock");
  return (
    <p className="empty" data-trouble={store.blind || store.stale}>
      <Say it={store.blind ? "watch.none" : store.stale ? "stale.title" : "threats.none"} />
    </p>
  );
}

const FACTS = ["speed_mps", "up_m", "above_ground_m", "up_sigma_m", "range_m", "bearing_deg", "last_t_ms"] as const satisfies readonly Column[];
type Facts = Record<(typeof FACTS)[number], number | undefined>;

/** Listed; in the list no more; in the picture no more. What is gone stands greyed for a moment, so that nothing moves under the hand. */
type RowState = "listed" | "gone" | "ended";

interface Row {
  track: Track;
  state: RowState;
  /** How it flies; of what has ended, as it was seen last. */
  facts: Facts;
}

function factsOf(trackId: number): Facts {
  return Object.fromEntries(FACTS.map((column) => [column, store.state.motion.value(trackId, column)])) as Facts;
}

/** The rows in their order; while it is held, what has gone stays in its place. */
function useHeldRows(wished: Track[], isHeld: boolean, all: boolean): Row[] {
  const before = useRef<{ all: boolean; rows: Row[] }>({ all, rows: [] });
  const kept = isHeld && before.current.all === all ? before.current.rows : [];
  const there = new Set(wished.map((track) => track.track_id));
  const gone = kept.flatMap((row): Row[] => {
    const id = row.track.track_id;
    if (there.has(id)) return [];
    const track = store.state.tracks.get(id);
    return [track === undefined ? { ...row, state: "ended" } : { track, state: "gone", facts: factsOf(id) }];
  });
  const rows = [...wished.map((track): Row => ({ track, state: "listed", facts: factsOf(track.track_id) })), ...gone];
  const ordered = useHeldOrder(rows, ({ track }) => String(track.track_id), isHeld && before.current.all === all);
  before.current = { all, rows: ordered };
  return ordered;
}

interface RowProperties extends Row {
  atMs: number;
  selected: boolean;
}

const ThreatRow = memo(function ThreatRow({ track, state, facts, atMs, selected }: RowProperties): ReactNode {
  const { select } = useConsole();
  const age = useAge();
  const coastedMs = atMs - (facts.last_t_ms ?? atMs);
  const ended = state === "ended";
  return (
    <li
      id={`track-${track.track_id}`}
      role="option"
      aria-selected={selected}
      className="threat"
      data-level={track.level}
      data-gone={state !== "listed"}
      data-coasted={coastedMs > FRESH_MS}
      onClick={() => select(track.track_id)}
    >
      <img src={symbolAddress(track.identity, track.class_name, track.spoofed)} alt="" className="symbol" />
      <div className="threat-name">
        <strong dir="auto">{track.name || `#${track.track_id}`}</strong>
        <span className="class">
          <Label group="class" code={track.class_name} />
          <SquawkChip claim={track.claim} onlyDistress />
        </span>
      </div>
      <div className="threat-level">
        <LevelMark level={track.level} />
        <span className="muted">
          <Label group="identity" code={track.identity} />
        </span>
      </div>
      <div className="threat-time">
        {ended ? "–" : track.time_to_impact_s === null ? null : (
          <>
            <span className="seconds">
              <Countdown leftS={track.time_to_impact_s} atMs={atMs} />
            </span>
            <Interval lowS={track.time_low_s} highS={track.time_high_s} atMs={atMs} />
          </>
        )}
      </div>
      <div className="threat-facts">
        {track.zone_id === null || track.level === 0 ? null : (
          <span className="zone-name">
            <Zone id={track.zone_id} />
          </span>
        )}
        {ended ? (
          <span className="last-plot">
            <Say it="threats.ended" />
          </span>
        ) : null}
        <Named it="quantity.speed" className="carried" value={known(facts.speed_mps, whole)} unit="unit.mps" />
        {Number.isFinite(facts.above_ground_m) ? (
          <Named it="quantity.aboveGround" className="carried" value={height(facts.above_ground_m, facts.up_sigma_m)} unit="unit.m" />
        ) : (
          <Named it="quantity.height" className="carried" value={height(facts.up_m, facts.up_sigma_m)} unit="unit.m" />
        )}
        <Named it="quantity.range" value={known(facts.range_m, kilometres)} unit="unit.km" />
        <Named it="quantity.bearing" value={known(facts.bearing_deg, bearing)} />
        {ended ? null : state === "gone" ? (
          <span className="last-plot">
            <Say it="threats.gone" />
          </span>
        ) : coastedMs > FRESH_MS ? (
          <span className="last-plot">
            <Say it="threats.lastPlot" age={age(coastedMs / 1000)} />
          </span>
        ) : null}
      </div>
    </li>
  );
});


interface NamedProperties {
  it: Key;
  value: string;
  unit?: Key;
  className?: string;
}

/** A quantity that says what it is: to the pointer by its title, to those who listen before it. */
function Named({ it, value, unit, className }: NamedProperties): ReactNode {
  const say = usePlain();
  return (
    <span className={className} title={say(it)}>
      <span className="spoken">{say(it)} </span>
      <Quantity value={value} unit={unit} />
    </span>
  );
}
