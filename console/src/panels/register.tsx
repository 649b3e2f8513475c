/** The register: incidents of this site's own kind, newest first, each with its documents one click away. */
import { type ReactNode, useEffect, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { clock, date } from "../i18n/numbers";
import { api } from "../link/api";
import { Label, Say } from "../parts/words";
import type { IncidentSummary } from "../wire";
import { DelaysTable } from "./delays_table";
import { StatementDialog } from "./statement_dialog";

interface Properties {
  /** The incident on show, "" if none is. */
  shown: string;
  onLook: (id: string) => void;
  /** Grows whenever the register may have changed. */
  version: number;
  /** Whether there is nothing else to look at. */
  alone: boolean;
}

export function Register({ shown, onLook, version, alone }: Properties): ReactNode {
  const [incidents, setIncidents] = useState<IncidentSummary[]>([]);
  const [chosen, setChosen] = useState<boolean | null>(null);
  const open = chosen ?? alone;
  useEffect(() => {
    if (!open) return;
    api.incidents().then(setIncidents, () => undefined); // the strip above says that the link is lost
  }, [open, version]);
  return (
    <details className="register" open={open} onToggle={(event) => setChosen(event.currentTarget.open)}>
      <summary>
        <Say it="incident.past" />
      </summary>
      {incidents.length === 0 ? (
        <p className="muted">
          <Say it="incident.pastNone" />
        </p>
      ) : (
        <ul>
          {incidents.map((incident) => (
            <RegisterRow key={incident.incident_id} incident={incident} shown={incident.incident_id === shown} onLook={onLook} />
          ))}
        </ul>
      )}
      {open ? <DelaysTable version={version} /> : null}
    </details>
  );
}

function RegisterRow({ incident, shown, onLook }: { incident: IncidentSummary; shown: boolean; onLook: (id: string) => void }): ReactNode {
  const { site } = useConsole();
  return (
    <li>
      <p className="register-name">
        <button type="button" className="link" aria-current={shown} onClick={() => onLook(incident.incident_id)}>
          <bdi>{incident.incident_id}</bdi>
        </button>
        <ModeMark mode={incident.mode} />
      </p>
      <p className="muted">
        <bdi dir="ltr">{`${date(incident.opened_t_ms, site.utc_offset_s)} ${clock(incident.opened_t_ms, site.utc_offset_s)}`}</bdi>
        {" · "}
        {incident.closed_t_ms === null ? <Say it="incident.open" /> : <Label group="outcome" code={incident.outcome} />}
        {" · "}
        <Say it="incident.stopped" stopped={incident.stopped} objects={incident.objects} />
      </p>
      <Documents incidentId={incident.incident_id} siteId={incident.site_id} small />
    </li>
  );
}

/** Says that an incident was none: exercise or test. */
export function ModeMark({ mode }: { mode: IncidentSummary["mode"] }): ReactNode {
  if (mode === "live") return null;
  return (
    <em className="mode-mark" data-mode={mode}>
      <Label group="mode" code={mode} />
    </em>
  );
}

/** The report in both languages, and the draft statement; only of what happened here: other sites write their own. */
export function Documents({ incidentId, siteId, small = false }: { incidentId: string; siteId: string; small?: boolean }): ReactNode {
  const { site } = useConsole();
  const [reading, setReading] = useState(false);
  if (siteId !== site.site_id) {
    return (
      <p className="muted">
        <Say it="register.elsewhere" site={siteId} />
      </p>
    );
  }
  const size = small ? "small" : "";
  return (
    <div className="buttons documents">
      {(["ar", "en"] as const).map((language) => (
        <a key={language} className={`button ${size}`} href={api.reportAddress(incidentId, language)} download>
          <Say it={language === "ar" ? "incident.reportAr" : "incident.reportEn"} />
        </a>
      ))}
      <Button className={size} onPress={() => setReading(true)}>
        <Say it="incident.statement" />
      </Button>
      <StatementDialog incidentId={reading ? incidentId : null} onClose={() => setReading(false)} />
    </div>
  );
}
