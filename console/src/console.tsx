/** The console of a signed-in person: the bars, the list, the map, the panels, the keys. */
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { Console, type ConsoleContext } from "./context";
import type { Action } from "./link/api";
import { api, Refused } from "./link/api";
import { AlarmBanner, AllClearDialog } from "./panels/alarm_banner";
import { HelpDialog } from "./panels/help_dialog";
import { IncidentPanel } from "./panels/incident_panel";
import { MapPane } from "./panels/map_pane";
import { SensorPanel } from "./panels/sensor_panel";
import { FaultStrip, ModeStrip } from "./panels/strips";
import { ThreatList } from "./panels/threat_list";
import { TopBar } from "./panels/top_bar";
import { TrackPanel } from "./panels/track_panel";
import { Say } from "./parts/words";
import { unacknowledged } from "./picture/ranking";
import { store, useSlice } from "./picture/store";
import { choose } from "./preferences";
import type { Session, SiteInfo } from "./wire";

const TOLD_MS = 8000;

interface Properties {
  site: SiteInfo;
  session: Session;
  onSignOut: () => void;
}

export function ConsolePage({ site, session, onSignOut }: Properties): ReactNode {
  const [selected, setSelected] = useState<number | null>(null);
  const [panel, setPanel] = useState<string>("track");
  const [clearing, setClearing] = useState<string | null>(null);
  const [helping, setHelping] = useState(false);
  const [homeCount, setHomeCount] = useState(0);
  const { act, told } = useActions();
  const select = useCallback((trackId: number | null) => {
    setSelected(trackId);
    if (trackId !== null) setPanel("track");
  }, []);
  const mayAct = session.role === "operator";
  const context = useMemo<ConsoleContext>(
    () => ({ site, session, selected, select, act, mayAct }),
    [site, session, selected, select, act, mayAct],
  );
  useKeys({ act, mayAct, select, setPanel, home: () => setHomeCount((count) => count + 1), help: () => setHelping(true) });
  return (
    <Console value={context}>
      <div className="console">
        <ModeStrip />
        <TopBar onHelp={() => setHelping(true)} onSignOut={onSignOut} />
        <FaultStrip />
        <AlarmBanner onAllClear={setClearing} />
        <main>
          <div className="start">
            <ThreatList />
            <SensorPanel />
          </div>
          <MapPane homeCount={homeCount} />
          <Tabs className="end panel" selectedKey={panel} onSelectionChange={(key) => setPanel(String(key))}>
            <TabList aria-label="Marsad">
              <Tab id="track">
                <Say it="track.title" />
              </Tab>
              <Tab id="incident">
                <Say it="incident.title" />
                <IncidentMark />
              </Tab>
            </TabList>
            <TabPanel id="track">
              <TrackPanel />
            </TabPanel>
            <TabPanel id="incident">
              <IncidentPanel onAllClear={setClearing} />
            </TabPanel>
          </Tabs>
        </main>
        {told === null ? null : (
          <p className="told" role="alert">
            {told.detail === "" ? <Say it="action.noLink" /> : <Say it="action.failed" detail={told.detail} />}
          </p>
        )}
        <AllClearDialog zoneId={clearing} onClose={() => setClearing(null)} />
        <HelpDialog isOpen={helping} onClose={() => setHelping(false)} />
      </div>
    </Console>
  );
}

function IncidentMark(): ReactNode {
  const { state } = useSlice("incident");
  return state.incident !== null && state.incident.closed_t_ms === null ? <i className="open-mark" aria-hidden="true" /> : null;
}

interface Told {
  detail: string;
}

/** Sends actions; a refusal is shown in the server's own words for a while. */
function useActions(): { act: (action: Action) => Promise<boolean>; told: Told | null } {
  const [told, setTold] = useState<Told | null>(null);
  const timer = useRef(0);
  const act = useCallback(async (action: Action): Promise<boolean> => {
    try {
      await api.act(action);
      return true;
    } catch (error) {
      setTold({ detail: error instanceof Refused ? error.message : String(error) });
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => setTold(null), TOLD_MS);
      return false;
    }
  }, []);
  return { act, told };
}

interface Keys {
  act: (action: Action) => Promise<boolean>;
  mayAct: boolean;
  select: (trackId: number | null) => void;
  setPanel: (panel: string) => void;
  home: () => void;
  help: () => void;
}

const TYPING = "input, textarea, select, [contenteditable]";
const PRESSED_BY_SPACE = "button, a, summary, [role=tab], [role=radio]";

function useKeys(keys: Keys): void {
  const newest = useRef(keys);
  useEffect(() => {
    newest.current = keys;
  });
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      const at = event.target as Element;
      if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
      if (at.matches(TYPING) || at.closest("[role=dialog]") !== null) return;
      if (event.key === " " && at.closest(PRESSED_BY_SPACE) !== null) return;
      if (keyAction(event, newest.current)) event.preventDefault();
    };
    window.addEventListener("keydown", pressed, { capture: true });
    return () => window.removeEventListener("keydown", pressed, { capture: true });
  }, []);
}

/** By the place of the key, so that an Arabic keyboard layout works too. */
function keyAction(event: KeyboardEvent, keys: Keys): boolean {
  switch (event.code) {
    case "KeyA":
    case "Space": {
      const [first] = unacknowledged(store.state.alarms);
      if (first !== undefined && keys.mayAct) void keys.act({ action: "acknowledge", alarm_id: first.alarm_id });
      return true;
    }
    case "KeyH":
      keys.home();
      return true;
    case "KeyT":
      keys.setPanel("track");
      return true;
    case "KeyI":
      keys.setPanel("incident");
      return true;
    case "KeyL":
      choose({ language: document.documentElement.lang === "ar" ? "en" : "ar" });
      return true;
    case "Escape":
      keys.select(null);
      return true;
    case "Slash":
      if (event.key === "?" || event.key === "؟") keys.help();
      return true;
    default:
      return false;
  }
}
