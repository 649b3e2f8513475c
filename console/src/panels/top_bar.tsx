/** Who, where, when; language, colours, sound. */
import { type ReactNode, useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { clock, date, offset } from "../i18n/numbers";
import { Counted, Label, Say, useCalled, usePlain } from "../parts/words";
import { useSlice } from "../picture/store";
import { choose, usePreferences } from "../preferences";
import { alarmSound } from "../sound";

interface Properties {
  onWatch: () => void;
  onHelp: () => void;
  onDoor: () => void;
  onSignOut: () => void;
}

export function TopBar({ onWatch, onHelp, onDoor, onSignOut }: Properties): ReactNode {
  const { site, session } = useConsole();
  const { language, theme } = usePreferences();
  const say = usePlain();
  const called = useCalled();
  return (
    <header className="top-bar">
      <div className="brand">
        <img src="/marsad.svg" alt="" width="26" height="26" />
        <strong>
          <Say it="app.name" />
        </strong>
        <h1 dir="auto">{language === "ar" ? site.name_ar : site.name_en}</h1>
      </div>
      <LinkMark />
      <Clocks />
      <nav className="tools">
        <WatchMark onPress={onWatch} />
        <SoundTool />
        <Button onPress={() => choose({ theme: theme === "dark" ? "day" : "dark" })} aria-label={say(theme === "dark" ? "bar.day" : "bar.night")}>
          <span aria-hidden="true">{theme === "dark" ? "☀" : "☾"}</span>
        </Button>
        <Button onPress={() => choose({ language: language === "ar" ? "en" : "ar" })} className="language" data-testid="language">
          <span lang={language === "ar" ? "en" : "ar"}>
            <Say it="bar.language" />
          </span>
        </Button>
        <Button onPress={onHelp} aria-label={say("bar.help")}>
          <span aria-hidden="true">?</span>
        </Button>
        <Button className="person" aria-label={say("door.open", { name: session.open ? say("bar.localOperator") : called(session.name ?? "") })} onPress={onDoor}>
          {session.open ? <Say it="bar.localOperator" /> : <bdi>{called(session.name ?? "")}</bdi>}
          {session.open || session.role === null ? null : (
            <em>
              <Label group="security.role" code={session.role} />
            </em>
          )}
        </Button>
        {session.open ? null : (
          <Button onPress={onSignOut}>
            <Say it="bar.signOut" />
          </Button>
        )}
      </nav>
    </header>
  );
}

/** Who has the watch; pressed, it shows the authority card. */
function WatchMark({ onPress }: { onPress: () => void }): ReactNode {
  const { watch, notices } = useSlice("counters").state;
  const called = useCalled();
  return (
    <Button className="watch-mark" data-nobody={notices.includes("watch-nobody")} data-offered={watch.offered_to !== ""} onPress={onPress}>
      <small>
        <Say it="onWatch.is" />
      </small>{" "}
      <strong dir="auto">{watch.holder === "" ? <Say it="onWatch.none" /> : called(watch.holder)}</strong>
    </Button>
  );
}

function LinkMark(): ReactNode {
  const store = useSlice("link");
  useSlice("tracks");
  useSlice("clock");
  useSlice("counters");
  const open = store.stale ? "stale" : store.over ? "over" : "open"; // a link that brings no picture is not live
  const state = store.link === "open" ? open : store.link === "connecting" ? "connecting" : "lost";
  return (
    <span className="link-mark" data-state={state}>
      <i aria-hidden="true" />
      <Say it={`link.${state}`} />
      <span className="muted">
        <Counted it="bar.tracks" count={store.state.tracks.size} />
      </span>
    </span>
  );
}

function Clocks(): ReactNode {
  const store = useSlice("clock");
  const { site } = useConsole();
  const now = store.nowMs();
  if (now === 0) return <div className="clocks" />;
  return (
    <div className="clocks">
      <span>
        <bdi className="muted">{date(now, site.utc_offset_s)}</bdi>
      </span>
      <span>
        <bdi className="time">{clock(now, site.utc_offset_s)}</bdi>
        <small>
          <Say it="bar.local" /> <bdi dir="ltr">{offset(site.utc_offset_s)}</bdi>
        </small>
      </span>
      <span>
        <bdi className="time utc">{clock(now, 0)}</bdi>
        <small>
          <Say it="bar.utc" />
        </small>
      </span>
    </div>
  );
}

export function useSoundArmed(): boolean {
  const [armed, setArmed] = useState(alarmSound.armed);
  useEffect(() => alarmSound.onChange(() => setArmed(alarmSound.armed)), []);
  return armed;
}

function SoundTool(): ReactNode {
  const armed = useSoundArmed();
  const say = usePlain();
  return (
    <Button
      aria-label={say("sound.test")}
      className={armed ? "sound" : "sound blocked"}
      onPress={() => void alarmSound.arm().then(() => alarmSound.test())}
    >
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <path d="M2 6v4h3l4 3.5v-11L5 6Z" />
        {armed ? <path className="wave" d="M11 5.5a3.5 3.5 0 0 1 0 5M12.8 3.6a6.2 6.2 0 0 1 0 8.8" /> : <path className="wave" d="m11 6 4 4m0-4-4 4" />}
      </svg>
    </Button>
  );
}
