/** The incident: what happened, what became of the objects, the people, the closing, the documents. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { bearing, clock, date, kilometres, timeLeft } from "../i18n/numbers";
import { api } from "../link/api";
import { Impacts } from "./impacts_section";
import type { Key } from "../i18n/wording";
import { Because, Counted, Label, Say, useCalled, usePlain, Zone, zoneName } from "../parts/words";
import { usePreferences } from "../preferences";
import { OUTCOMES } from "../picture/outcomes";
import { useSlice } from "../picture/store";
import type { Incident, IncidentObject } from "../wire";
import { AllClearGiven, Endings } from "./all_clear_given";
import { AmendButton, Amendments } from "./amend_dialog";
import { Checklist } from "./checklist";
import { CloseDialog } from "./close_dialog";
import { LandedDialog } from "./landed_dialog";
import { Documents, ModeMark, Register } from "./register";

export function IncidentPanel({ onAllClear }: { onAllClear: (zoneId: string) => void }): ReactNode {
  const store = useSlice("incident");
  const [past, setPast] = useState<Incident | null>(null);
  const newest = store.state.incident; // the open one, or the one closed last
  const incident = past ?? newest;
  const open = newest !== null && newest.closed_t_ms === null;
  const look = (id: string): void => {
    if (id === newest?.incident_id) setPast(null);
    else void api.incident(id).then(setPast, () => undefined); // gone or unreachable: what is shown stays
  };
  return (
    <div className="incident">
      {past !== null && newest !== null ? (
        <Button className="small" onPress={() => setPast(null)}>
          <Say it={open ? "incident.back" : "incident.backToNewest"} />
        </Button>
      ) : null}
      {open ? null : (
        <p className="muted">
          <Say it="incident.none" />
        </p>
      )}
      {incident === null ? null : (
        <IncidentView incident={incident} live={past === null} onAllClear={onAllClear} />
      )}
      <Register shown={incident?.incident_id ?? ""} onLook={look} version={store.version("incident")} alone={!open} />
    </div>
  );
}

interface ViewProperties {
  incident: Incident;
  live: boolean;
  onAllClear: (zoneId: string) => void;
}

function IncidentView({ incident, live, onAllClear }: ViewProperties): ReactNode {
  const { site, may, act } = useConsole();
  const called = useCalled();
  const [closing, setClosing] = useState(false);
  const stopped = incident.objects.filter((item) => item.outcome === "stopped").length;
  const documents = live && may("document");
  const acting = documents && incident.closed_t_ms === null;
  const amending = documents && incident.closed_t_ms !== null;
  return (
    <>
      <header className="incident-head">
        <h3>
          <bdi>{incident.incident_id}</bdi>
          <ModeMark mode={incident.mode} />
        </h3>
        <p>
          <Say it="incident.opened" /> <bdi dir="ltr">{`${date(incident.opened_t_ms, site.utc_offset_s)} ${clock(incident.opened_t_ms, site.utc_offset_s)}`}</bdi>
          {" · "}
          {incident.closed_t_ms === null ? <Say it="incident.open" /> : <Say it="incident.closedBy" name={called(incident.closed_by)} />}
        </p>
        <p>
          <Say it="incident.stopped" stopped={stopped} objects={incident.objects.length} />
          {incident.closed_t_ms === null ? null : (
            <>
              {" · "}
              <Label group="outcome" code={incident.outcome} />{" "}
              {amending ? <AmendButton incidentId={incident.incident_id} trackId={0} outcome={incident.outcome} /> : null}
            </>
          )}
        </p>
        <Endings endings={incident.endings} live={live} />
      </header>
      <Amendments amendments={incident.amendments} />
      {incident.closed_t_ms === null ? null : <Papers incidentId={incident.incident_id} siteId={incident.site_id} />}
      {live && incident.closed_t_ms === null ? <Checklist /> : null}
      <section>
        <h4>
          <Say it="incident.objects" />
        </h4>
        <ul className="objects">
          {incident.objects.map((item, place) => (
            <ObjectRow key={item.track_ids.join(",")} item={item} number={place + 1} acting={acting} amends={amending ? incident.incident_id : ""} />
          ))}
        </ul>
      </section>
      <Impacts incident={incident} acting={documents} />
      <section>
        <h4>
          <Say it="incident.people" />
        </h4>
        <div className="people" data-accounted={incident.accounted}>
          <span>
            <Say it={incident.accounted ? "incident.accounted" : "incident.notAccounted"} />
          </span>
          {acting ? (
            <Button className="small" onPress={() => void act({ action: "head_count", complete: !incident.accounted })}>
              <Say it={incident.accounted ? "incident.headCountOpen" : "incident.headCountDone"} />
            </Button>
          ) : null}
        </div>
      </section>
      {live && incident.cleared_zone_ids.length > 0 ? <AllClearGiven zoneIds={incident.cleared_zone_ids} isClosed={incident.closed_t_ms !== null} /> : null}
      {acting ? (
        <div className="buttons">
          <Button onPress={() => onAllClear("")}>
            <Say it="alarm.allClear" />
          </Button>
          <Button onPress={() => setClosing(true)}>
            <Say it="incident.close" />
          </Button>
        </div>
      ) : null}
      {incident.closed_t_ms === null ? <Papers incidentId={incident.incident_id} siteId={incident.site_id} /> : null}
      <Warned incident={incident} />
      <Timeline incident={incident} />
      <CloseDialog
        key={draftOf(incident)}
        isOpen={closing}
        objects={incident.objects}
        accounted={incident.accounted}
        onClose={() => setClosing(false)}
      />
    </>
  );
}

/** What a draft of the closing is about: another incident or another object begins it anew. */
function draftOf(incident: Incident): string {
  return [incident.incident_id, ...incident.objects.map((item) => item.track_ids[0])].join(" ");
}

interface RowProperties {
  item: IncidentObject;
  number: number;
  acting: boolean;
  /** The closed incident of which its outcome may be corrected; "" for none. */
  amends: string;
}

function ObjectRow({ item, number, acting, amends }: RowProperties): ReactNode {
  const { act, select, site } = useConsole();
  const store = useSlice("incident");
  const say = usePlain();
  const called = useCalled();
  const { language } = usePreferences();
  const labelOf = (key: string): string => say(key as Key);
  const trackId = item.track_ids[item.track_ids.length - 1] ?? 0;
  const [landing, setLanding] = useState(false);
  const report = (outcome: string): void =>
    outcome === "landed" ? setLanding(true) : void act({ action: "report_outcome", outcome, t_ns: Math.round(store.nowMs()) * 1_000_000, track_id: trackId });
  return (
    <li>
      <p>
        <bdi className="ordinal">{number}</bdi>{" "}
        <button type="button" className="link" onClick={() => select(trackId)}>
          <Label group="class" code={item.class_name} /> <bdi>#{trackId}</bdi>
        </button>
        <small className="muted">
          <Say it="incident.firstSeen" range={kilometres(item.first_range_m)} bearing={bearing(item.first_bearing_deg)} />
        </small>
      </p>
      {item.reached_zone_id === "" ? null : (
        <p className="caution last-over" data-reached={item.reached_zone_id}>
          <Say it={item.reached_over ? "incident.lastOver" : "incident.lastToward"} zone={zoneName(site, item.reached_zone_id, language)} />
        </p>
      )}
      {item.outcome === "unknown" && item.proposed !== "unknown" ? (
        <p className="muted" data-proposed={item.proposed}>
          <Say it="incident.proposed" outcome={labelOf(`outcome.${item.proposed}`)} />
        </p>
      ) : null}
      {acting ? (
        <div className="outcomes" role="group" aria-label={say("incident.outcomeOf", { number })}>
          {OUTCOMES.map((outcome) => (
            <Button
              key={outcome}
              className={outcome === item.outcome ? "small chosen" : "small"}
              aria-pressed={outcome === item.outcome}
              onPress={() => report(outcome)}
            >
              <Label group="outcome" code={outcome} />
              {outcome === "landed" ? " …" : ""}
            </Button>
          ))}
          <LandedDialog isOpen={landing} item={item} trackId={trackId} onClose={() => setLanding(false)} />
        </div>
      ) : (
        <p className="outcome">
          <Label group="outcome" code={item.outcome} />{" "}
          {amends === "" ? null : <AmendButton incidentId={amends} trackId={trackId} outcome={item.outcome} />}
        </p>
      )}
      {item.outcome !== "unknown" && item.outcome_t_ms !== null ? (
        <p className="muted">
          <Say it="incident.reportedBy" outcome={labelOf(`outcome.${item.outcome}`)} name={called(item.outcome_by)} at={clock(item.outcome_t_ms, site.utc_offset_s)} />{" "}
          {acting ? (
            <button type="button" className="link" onClick={() => report("unknown")}>
              <Say it="incident.takeBack" />
            </button>
          ) : null}
        </p>
      ) : null}
    </li>
  );
}

/** First thing once an incident is closed, before that further down. */
function Papers({ incidentId, siteId }: { incidentId: string; siteId: string }): ReactNode {
  return (
    <section>
      <h4>
        <Say it="incident.report" />
      </h4>
      <Documents incidentId={incidentId} siteId={siteId} />
    </section>
  );
}

function Warned({ incident }: { incident: Incident }): ReactNode {
  const { site } = useConsole();
  if (incident.warnings.length === 0) return null;
  return (
    <section>
      <h4>
        <Say it="incident.warned" />
      </h4>
      <ul className="warned">
        {incident.warnings.map((warning, place) => (
          <li key={place}>
            <Zone id={warning.zone_id} />
            <span className="muted">
              <bdi>{clock(warning.t_ms, site.utc_offset_s)}</bdi>
              {warning.lead_s === null ? null : (
                <>
                  {" · "}
                  <Say it="incident.lead" lead={timeLeft(warning.lead_s)} />
                </>
              )}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Timeline({ incident }: { incident: Incident }): ReactNode {
  const { site } = useConsole();
  const called = useCalled();
  return (
    <section>
      <h4>
        <Say it="incident.timeline" />
      </h4>
      <ol className="timeline">
        {[...incident.timeline].reverse().map((entry, place) => (
          <li key={incident.timeline.length - place}>
            <bdi className="time">{clock(entry.t_ms, site.utc_offset_s)}</bdi>
            <span>
              <Because reason={entry.what} />
              {entry.by ? (
                <small className="muted">
                  {" "}
                  <bdi>{called(entry.by)}</bdi>
                </small>
              ) : null}
            </span>
          </li>
        ))}
      </ol>
      {incident.timeline_left_off > 0 ? (
        <p className="muted">
          <Counted it="incident.leftOff" count={incident.timeline_left_off} />
        </p>
      ) : null}
    </section>
  );
}
