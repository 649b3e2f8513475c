/** The console of a signed-in person: the bars, the list, the map, the panels, the keys. */
import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { type Told, useActions } from "./actions";
import { Console, type ConsoleContext, type PermissionName } from "./context";
import { useKeys } from "./keys";
import { AcknowledgeAllDialog, useAcknowledgeAll } from "./panels/acknowledge_all";
import { AlarmBanner } from "./panels/alarm_banner";
import { AllClearDialog } from "./panels/all_clear_dialog";
import { AllClearStrip } from "./panels/all_clear_given";
import { DoorDialog } from "./panels/door_dialog";
import { FlightsPanel } from "./panels/flights_panel";
import { HelpDialog } from "./panels/help_dialog";
import { IncidentPanel } from "./panels/incident_panel";
import { MapPane } from "./panels/map_pane";
import { ReleaseStrip } from "./panels/release_strip";
import { SensorPanel } from "./panels/sensor_panel";
import { SignOutDialog } from "./panels/sign_out_dialog";
import { FaultStrip, ModeStrip } from "./panels/strips";
import { TellingPanel } from "./panels/telling_panel";
import { ThreatList } from "./panels/threat_list";
import { TopBar } from "./panels/top_bar";
import { TrackPanel } from "./panels/track_panel";
import { WatchDialog } from "./panels/watch_dialog";
import { OfferStrip } from "./panels/watch_offer";
import { hasLabel } from "./i18n/wording";
import { Label, Say } from "./parts/words";
import { isTrouble, newest } from "./picture/telling";
import { store, useSlice } from "./picture/store";
import { api } from "./link/api";
import type { AuthorityCard, Session, SiteInfo } from "./wire";

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
  const [leaving, setLeaving] = useState(false);
  const [watching, setWatching] = useState(false);
  const [atDoor, setAtDoor] = useState(false);
  const [homeCount, setHomeCount] = useState(0);
  const { act, told } = useActions();
  const select = useCallback((trackId: number | null) => {
    setSelected(trackId);
    if (trackId !== null) setPanel("track");
  }, []);
  const { over } = useSlice("counters"); // what a site tells of itself
  const may = useCallback((permission: PermissionName) => !over && session.may.includes(permission), [over, session]);
  const card = useCard(session);
  const context = useMemo<ConsoleContext>(
    () => ({ site, session, selected, select, act, may, card }),
    [site, session, selected, select, act, may, card],
  );
  const every = useAcknowledgeAll(act);
  useKeys({ act, mayAcknowledge: may("acknowledge"), acknowledgeAll: every.ask, select, setPanel, home: () => setHomeCount((count) => count + 1), help: () => setHelping(true) });
  useClosing(() => setPanel("incident"));
  return (
    <Console value={context}>
      <div className="console">
        <ModeStrip />
        <TopBar onWatch={() => setWatching(true)} onHelp={() => setHelping(true)} onDoor={() => setAtDoor(true)} onSignOut={() => (store.state.alarms.some((alarm) => alarm.state === "active") ? setLeaving(true) : onSignOut())} />
        <AlarmBanner onAllClear={setClearing} onAcknowledgeAll={every.ask} />
        <ReleaseStrip />
        <OfferStrip />
        <AllClearStrip />
        <FaultStrip />
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
              <Tab id="flights">
                <Say it="flights.title" />
              </Tab>
              <Tab id="telling">
                <Say it="telling.title" />
                <TellingMark />
              </Tab>
            </TabList>
            <TabPanel id="track">
              <TrackPanel />
            </TabPanel>
            <TabPanel id="incident">
              <IncidentPanel onAllClear={setClearing} />
            </TabPanel>
            <TabPanel id="flights">
              <FlightsPanel />
            </TabPanel>
            <TabPanel id="telling">
              <TellingPanel />
            </TabPanel>
          </Tabs>
        </main>
        <Refusal told={told} />
        <AcknowledgeAllDialog asked={every.asked} onClose={every.close} />
        <AllClearDialog zoneId={clearing} onClose={() => setClearing(null)} />
        <SignOutDialog isOpen={leaving} onSignOut={onSignOut} onClose={() => setLeaving(false)} />
        <WatchDialog isOpen={watching} onClose={() => setWatching(false)} />
        <DoorDialog isOpen={atDoor} onClose={() => setAtDoor(false)} />
        <HelpDialog isOpen={helping} onClose={() => setHelping(false)} />
      </div>
    </Console>
  );
}

/** The authority card, for those who may see it; asked for again when somebody else signs in. */
function useCard(session: Session): AuthorityCard | null {
  const [card, setCard] = useState<AuthorityCard | null>(null);
  useEffect(() => {
    let current = true;
    if (!session.may.includes("card")) setCard(null);
    else void api.authority().then((found) => current && setCard(found), () => undefined);
    return () => {
      current = false;
    };
  }, [session]);
  return card;
}

/** Calls once an incident is closed, and once the site says that nothing more will come. */
function useClosing(closed: () => void): void {
  const { state } = useSlice("incident");
  useSlice("counters");
  const open = state.incident !== null && state.incident.closed_t_ms === null;
  const over = state.incident !== null && state.notices.includes("simulation-over");
  const newest = useRef(closed);
  const wasOpen = useRef(false);
  useEffect(() => {
    newest.current = closed;
  });
  useEffect(() => {
    if (wasOpen.current && !open) newest.current();
    wasOpen.current = open;
  }, [open]);
  useEffect(() => {
    if (over) newest.current();
  }, [over]);
}

/** What the site did not accept, above everything: its place stands ready, so that dialogs do not hide it. */
function Refusal({ told }: { told: Told | null }): ReactNode {
  return (
    <div role="alert" data-react-aria-top-layer="true">
      {told === null ? null : (
        <p className="told">
          {hasLabel("refused", told.reason) ? (
            <Label group="refused" code={told.reason} />
          ) : told.detail === "" ? (
            <Say it="action.noLink" />
          ) : (
            <Say it="action.failed" detail={told.detail} />
          )}
        </p>
      )}
    </div>
  );
}

function IncidentMark(): ReactNode {
  const { state } = useSlice("incident");
  return state.incident !== null && state.incident.closed_t_ms === null ? <i className="open-mark" aria-hidden="true" /> : null;
}

/** Something did not get through, or its end did not. */
function TellingMark(): ReactNode {
  const { telling } = useSlice("counters").state;
  const trouble = telling.not_retracted.length > 0 || newest(telling.deliveries).some(isTrouble);
  return trouble ? <i className="open-mark" aria-hidden="true" /> : null;
}
