/** The ranked list: what to look at first. A list box moved through with the arrow keys. */
import { type KeyboardEvent, memo, type ReactNode, useEffect, useRef, useState } from "react";
import { ToggleButton } from "react-aria-components";
import { useConsole } from "../context";
import { bearing, kilometres, whole } from "../i18n/numbers";
import { symbolAddress } from "../map/symbols";
import { Countdown, Interval } from "../parts/countdown";
import { LevelMark } from "../parts/level_mark";
import { Counted, Label, Quantity, Say, usePlain, Zone } from "../parts/words";
import { ranked } from "../picture/ranking";
import { store } from "../picture/store";
import type { Track } from "../wire";

const SHOWN_MAX = 60;
const RENDER_MS = 500;

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
  useCalmTracks();
  const { shown, all: count } = ranked(store.state.tracks.values(), all ? 0 : 1, SHOWN_MAX);

  const move = (event: KeyboardEvent): void => {
    const steps: Record<string, number> = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8, Home: -SHOWN_MAX, End: SHOWN_MAX };
    const step = steps[event.key];
    if (step === undefined || shown.length === 0) return;
    event.preventDefault();
    const now = shown.findIndex((track) => track.track_id === selected);
    const next = Math.max(0, Math.min(shown.length - 1, now === -1 ? 0 : now + step));
    select(shown[next].track_id);
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
        id="threats"
      >
        {shown.map((track) => (
          <ThreatRow key={track.track_id} track={track} atMs={store.state.tMs} selected={track.track_id === selected} />
        ))}
      </ul>
      {count === 0 ? (
        <p className="empty">
          <Say it="threats.none" />
        </p>
      ) : null}
      {count > shown.length ? (
        <p className="muted more">
          <Counted it="threats.more" count={count - shown.length} />
        </p>
      ) : null}
    </section>
  );
}

interface RowProperties {
  track: Track;
  atMs: number;
  selected: boolean;
}

const ThreatRow = memo(function ThreatRow({ track, atMs, selected }: RowProperties): ReactNode {
  const { select } = useConsole();
  const { motion } = store.state;
  const value = (column: "speed_mps" | "up_m" | "range_m" | "bearing_deg"): number => motion.value(track.track_id, column) ?? 0;
  return (
    <li
      id={`track-${track.track_id}`}
      role="option"
      aria-selected={selected}
      className="threat"
      data-level={track.level}
      onClick={() => select(track.track_id)}
    >
      <img src={symbolAddress(track.identity, track.class_name)} alt="" className="symbol" />
      <div className="threat-name">
        <strong dir="auto">{track.name || `#${track.track_id}`}</strong>
        <span className="class">
          <Label group="class" code={track.class_name} />
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
        <Quantity value={whole(value("speed_mps"))} unit="unit.mps" />
        <Quantity value={whole(value("up_m"))} unit="unit.m" />
        <Quantity value={`${kilometres(value("range_m"))}`} unit="unit.km" />
        <Quantity value={bearing(value("bearing_deg"))} />
      </div>
    </li>
  );
});

