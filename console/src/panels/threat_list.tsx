/** The ranked list: what to look at first. A list box moved through with the arrow keys. */
import { type KeyboardEvent, memo, type ReactNode, useEffect, useRef, useState } from "react";
import { ToggleButton } from "react-aria-components";
import { useConsole } from "../context";
import { bearing, kilometres, whole } from "../i18n/numbers";
import { symbolAddress } from "../map/symbols";
import { Countdown, Interval } from "../parts/countdown";
import { LevelMark } from "../parts/level_mark";
import { SquawkChip } from "../parts/squawk_chip";
import type { Key } from "../i18n/wording";
import { Counted, Label, Quantity, Say, useAge, usePlain, Zone } from "../parts/words";
import { useHeldOrder } from "../picture/held_order";
import { ranked } from "../picture/ranking";
import { store, useSlice } from "../picture/store";
import type { Track } from "../wire";

const SHOWN_MAX = 60;
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
  const { selected, select } = useConsole();
  const say = usePlain();
  const list = useRef<HTMLUListElement>(null);
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  useCalmTracks();
  const isHeld = pointed || focused; // what somebody aims at must not move away
  const { shown: wished, all: count } = ranked(store.state.tracks.values(), all, SHOWN_MAX);
  const shown = useHeldRows(wished, isHeld, all);

  const move = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -SHOWN_MAX, End: SHOWN_MAX };
    const step = steps[event.key];
    if (step === undefined || shown.length === 0) return;
    event.preventDefault();
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
        aria-activedescendant={selected === null ? undefined : `track-${selected}`}
        onKeyDown={move}
        onPointerEnter={() => setPointed(true)}
        onPointerLeave={() => setPointed(false)}
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
        data-held={isHeld}
        id="threats"
      >
        {shown.map(({ track, gone }) => (
          <ThreatRow key={track.track_id} track={track} gone={gone} atMs={store.state.tMs} selected={track.track_id === selected} />
        ))}
      </ul>
      {shown.length === 0 ? <Nothing /> : null}
      {count > wished.length ? (
        <p className="muted more">
          <Counted it="threats.more" count={count - wished.length} />
        </p>
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

interface Row {
  track: Track;
  /** It is in the list no more and stands greyed, so that nothing moves up under the pointer. */
  gone: boolean;
}

/** The rows in their order; while it is held, what has gone stays in its place. */
function useHeldRows(wished: Track[], isHeld: boolean, all: boolean): Row[] {
  const before = useRef<{ all: boolean; rows: Row[] }>({ all, rows: [] });
  const kept = isHeld && before.current.all === all ? before.current.rows : [];
  const there = new Set(wished.map((track) => track.track_id));
  const gone = kept.flatMap(({ track }) => (there.has(track.track_id) ? [] : [{ track: store.state.tracks.get(track.track_id) ?? track, gone: true }]));
  const rows = [...wished.map((track) => ({ track, gone: false })), ...gone];
  const ordered = useHeldOrder(rows, ({ track }) => String(track.track_id), isHeld && before.current.all === all);
  before.current = { all, rows: ordered };
  return ordered;
}

interface RowProperties {
  track: Track;
  gone: boolean;
  atMs: number;
  selected: boolean;
}

const ThreatRow = memo(function ThreatRow({ track, gone, atMs, selected }: RowProperties): ReactNode {
  const { select } = useConsole();
  const { motion } = store.state;
  const value = (column: "speed_mps" | "up_m" | "range_m" | "bearing_deg"): number => motion.value(track.track_id, column) ?? 0;
  const age = useAge();
  const coastedMs = atMs - (motion.value(track.track_id, "last_t_ms") ?? atMs);
  return (
    <li
      id={`track-${track.track_id}`}
      role="option"
      aria-selected={selected}
      className="threat"
      data-level={track.level}
      data-gone={gone}
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
        {track.time_to_impact_s === null ? null : (
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
        <Named it="quantity.speed" className="carried" value={whole(value("speed_mps"))} unit="unit.mps" />
        <Named it="quantity.height" className="carried" value={whole(value("up_m"))} unit="unit.m" />
        <Named it="quantity.range" value={kilometres(value("range_m"))} unit="unit.km" />
        <Named it="quantity.bearing" value={bearing(value("bearing_deg"))} />
        {gone ? (
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
