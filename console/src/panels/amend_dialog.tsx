/** Corrects an outcome of the incident that was closed last: what stood before stays in the record, with who, when and why. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { clock } from "../i18n/numbers";
import { ChoiceDialog } from "../parts/choice_dialog";
import { ReasonForm } from "../parts/reason_form";
import { Label, Say, useCalled } from "../parts/words";
import { type Outcome, OUTCOMES } from "../picture/outcomes";
import type { Amendment } from "../wire";
import { Pick } from "./close_dialog";

interface Properties {
  incidentId: string;
  /** The object that it is about; 0 for the incident as a whole. */
  trackId: number;
  outcome: Outcome;
}

export function AmendButton(properties: Properties): ReactNode {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button className="small amend" onPress={() => setAsking(true)}>
        <Say it="amend.open" />
      </Button>
      <ChoiceDialog isOpen={asking} onClose={() => setAsking(false)} title={<Title trackId={properties.trackId} />}>
        <Question {...properties} onClose={() => setAsking(false)} />
      </ChoiceDialog>
    </>
  );
}

function Title({ trackId }: { trackId: number }): ReactNode {
  return trackId === 0 ? <Say it="amend.incident" /> : <Say it="amend.object" track={trackId} />;
}

function Question({ incidentId, trackId, outcome, onClose }: Properties & { onClose: () => void }): ReactNode {
  const { act } = useConsole();
  const [chosen, setChosen] = useState<Outcome | null>(null);
  return (
    <ReasonForm
      label="amend.reason"
      doIt="amend.do"
      lacking={chosen === null}
      onDo={(reason) =>
        chosen === null ? Promise.resolve(false) : act({ action: "amend_outcome", incident_id: incidentId, outcome: chosen, track_id: trackId, reason })
      }
      onClose={onClose}
    >
      <p>
        <Say it="amend.stands" />{" "}
        <strong>
          <Label group="outcome" code={outcome} />
        </strong>
      </p>
      <div className="form">
        <Pick label="amend.to" group="outcome" codes={OUTCOMES.filter((one) => one !== outcome)} value={chosen ?? ""} onChange={setChosen} />
      </div>
    </ReasonForm>
  );
}

/** What was corrected after closing: when, of what, from what to what, by whom, why. */
export function Amendments({ amendments }: { amendments: Amendment[] }): ReactNode {
  const { site } = useConsole();
  const called = useCalled();
  if (amendments.length === 0) return null;
  return (
    <section className="amendments">
      <h4>
        <Say it="amend.title" />
      </h4>
      <ul>
        {amendments.map((one, place) => (
          <li key={place}>
            <bdi className="number">{clock(one.t_ms, site.utc_offset_s)}</bdi> ·{" "}
            {one.track_id === null ? <Say it="amend.ofIncident" /> : <bdi>{`#${one.track_id}`}</bdi>}: <Label group="outcome" code={one.before} />
            {" → "}
            <strong>
              <Label group="outcome" code={one.after} />
            </strong>
            <small className="muted">
              {" · "}
              <bdi>{called(one.by)}</bdi>
              {one.reason === "" ? "" : " · "}
              <bdi dir="auto">{one.reason}</bdi>
            </small>
          </li>
        ))}
      </ul>
    </section>
  );
}
