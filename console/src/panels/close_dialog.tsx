/** Closing an incident: outcome, people, damage, claim. What is recorded or presumed is told, and a person chooses; unknown stays unknown. */
import { type ReactNode, useId, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import type { Key } from "../i18n/wording";
import { ChoiceDialog } from "../parts/choice_dialog";
import { Counted, Label, Say, usePlain, Zone } from "../parts/words";
import { coming, lost } from "../picture/ranking";
import { disagreement, type Outcome, proposal, OUTCOMES } from "../picture/outcomes";
import { useSlice } from "../picture/store";
import type { IncidentObject } from "../wire";
import { Coming, LostWithSensors } from "./all_clear_dialog";

const STATUSES = ["unknown", "unconfirmed", "confirmed", "none"] as const;

interface Entered {
  status: string;
  text: string;
}

const NOTHING: Entered = { status: "unknown", text: "" };

interface Properties {
  isOpen: boolean;
  objects: IncidentObject[];
  accounted: boolean;
  onClose: () => void;
}

export function CloseDialog({ isOpen, objects, accounted, onClose }: Properties): ReactNode {
  const { act } = useConsole();
  const say = usePlain();
  const [busy, setBusy] = useState(false);
  const suggested = proposal(objects); // as recorded or presumed; nothing is said for a person
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [sure, setSure] = useState(false);
  const [casualties, setCasualties] = useState({ status: "unknown", killed: 0, injured: 0 });
  const [damage, setDamage] = useState(NOTHING);
  const [claim, setClaim] = useState(NOTHING);
  const counted = casualties.status === "confirmed" || casualties.status === "unconfirmed";
  const close = async (): Promise<void> => {
    if (!sure) {
      setSure(true); // it cannot be taken back: the second press does it
      return;
    }
    if (outcome === null) return;
    const people = counted ? casualties : { ...casualties, killed: 0, injured: 0 };
    setBusy(true);
    if (await act({ action: "close_incident", outcome, casualties: people, damage, claim })) onClose();
    setBusy(false);
  };
  return (
    <ChoiceDialog isOpen={isOpen} onClose={onClose} title={<Say it="close.title" />}>
      <ActiveAlarms />
      <StillDangerous />
      <div className="form">
        <Pick label="close.outcome" group="outcome" codes={OUTCOMES} value={outcome ?? ""} onChange={setOutcome} />
        <ObjectOutcomes objects={objects} />
        {suggested === "unknown" ? null : (
          <p className="muted" data-suggested={suggested}>
            <Say it="close.suggested" outcome={say(`outcome.${suggested}`)} />
          </p>
        )}
        {outcome === null ? (
          <p className="caution" data-unsaid="true">
            <Say it="close.sayOutcome" />
          </p>
        ) : (
          <Doubts chosen={outcome} objects={objects} />
        )}
        <Pick
          label="close.casualties"
          group="fact"
          codes={accounted ? STATUSES : STATUSES.filter((status) => status !== "none")}
          value={casualties.status}
          onChange={(status) => setCasualties({ ...casualties, status })}
        />
        {accounted ? null : (
          <p className="muted">
            <Say it="close.needsHeadCount" />
          </p>
        )}
        {counted ? (
          <>
            <div className="pair">
              <Count label="close.killed" value={casualties.killed} onChange={(killed) => setCasualties({ ...casualties, killed })} />
              <Count label="close.injured" value={casualties.injured} onChange={(injured) => setCasualties({ ...casualties, injured })} />
            </div>
            {casualties.killed + casualties.injured > 0 ? null : (
              <p className="caution">
                <Say it="close.zeroIsNone" />
              </p>
            )}
          </>
        ) : null}
        <FactField label="close.damage" value={damage} onChange={setDamage} />
        <FactField label="close.claim" value={claim} onChange={setClaim} />
      </div>
      {sure ? (
        <p className="caution" role="alert">
          <Say it="close.final" />
        </p>
      ) : null}
      {sure ? (
        <div className="buttons">
          {/* its own key: it has the focus, and the press that asked does not answer */}
          <Button key="not-yet" className="primary" autoFocus onPress={onClose}>
            <Say it="action.cancel" />
          </Button>
          <Button key="sure" className="do" isDisabled={busy || outcome === null} onPress={() => void close()}>
            <Say it="close.sure" />
          </Button>
        </div>
      ) : (
        <div className="buttons">
          <Button key="ask" className="primary" isDisabled={busy || outcome === null} onPress={() => void close()}>
            <Say it="incident.close" />
          </Button>
          <Button key="cancel" onPress={onClose}>
            <Say it="action.cancel" />
          </Button>
        </div>
      )}
    </ChoiceDialog>
  );
}

/** What is recorded of the objects: the outcome of the attack must agree with it. */
function ObjectOutcomes({ objects }: { objects: IncidentObject[] }): ReactNode {
  const counts = OUTCOMES.map((code) => ({ code, count: objects.filter((item) => item.outcome === code).length }));
  return (
    <p className="muted">
      <Say it="close.recorded" />{" "}
      {counts
        .filter(({ count }) => count > 0)
        .map(({ code, count }, place) => (
          <span key={code}>
            {place === 0 ? "" : " · "}
            <Label group="outcome" code={code} /> <bdi>{count}</bdi>
          </span>
        ))}
    </p>
  );
}

/** An incident is hardly over while its alarms are active. */
function ActiveAlarms(): ReactNode {
  const store = useSlice("alarms");
  const zones = new Set(store.state.alarms.filter((alarm) => alarm.state === "active").map((alarm) => alarm.zone_id));
  if (zones.size === 0) return null;
  return (
    <p className="caution grave" role="alert">
      <Say it="close.alarmsActive" />{" "}
      {[...zones].map((id, place) => (
        <span key={id}>
          {place === 0 ? "" : " · "}
          <Zone id={id} />
        </span>
      ))}
    </p>
  );
}

/** What comes all the same, or was lost with its sensors: by the same judgement as before an all-clear. */
function StillDangerous(): ReactNode {
  const store = useSlice("tracks");
  const { alarms } = useSlice("alarms").state;
  const arrivals = coming(store.state.tracks, alarms, "");
  return (
    <>
      {arrivals.length > 0 ? <Coming arrivals={arrivals} atMs={store.state.tMs} /> : null}
      <LostWithSensors objects={lost(alarms, "", arrivals)} />
    </>
  );
}

/** What does not agree: objects nobody has reported on, an outcome that is not what is recorded. */
function Doubts({ chosen, objects }: { chosen: Outcome; objects: IncidentObject[] }): ReactNode {
  const open = objects.filter((item) => item.outcome === "unknown").length;
  const doubt = disagreement(chosen, objects);
  return (
    <>
      {open === 0 ? null : (
        <p className="caution">
          <Counted it="close.unknownObjects" count={open} />
        </p>
      )}
      {doubt === null ? null : (
        <p className="caution" data-doubt={doubt}>
          <Say it={`close.${doubt}`} />
        </p>
      )}
    </>
  );
}

interface PickProperties<Code extends string> {
  label: Key;
  group: string;
  codes: readonly Code[];
  value: string;
  onChange: (value: Code) => void;
}

/** One of some codes; value "" while nobody has chosen. */
export function Pick<Code extends string>({ label, group, codes, value, onChange }: PickProperties<Code>): ReactNode {
  const name = useId(); // one group: the arrow keys move within it
  return (
    <fieldset>
      <legend>
        <Say it={label} />
      </legend>
      <div className="choices">
        {codes.map((code) => (
          <label key={code}>
            <input type="radio" name={name} value={code} checked={code === value} onChange={() => onChange(code)} />
            <span>
              <Label group={group} code={code} />
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

function FactField({ label, value, onChange }: { label: Key; value: Entered; onChange: (value: Entered) => void }): ReactNode {
  const say = usePlain();
  return (
    <>
      <Pick label={label} group="fact" codes={STATUSES} value={value.status} onChange={(status) => onChange({ ...value, status })} />
      {value.status === "confirmed" || value.status === "unconfirmed" ? (
        <textarea
          dir="auto"
          maxLength={1000}
          rows={2}
          aria-label={`${say(label)}: ${say("close.details")}`}
          placeholder={say("close.details")}
          value={value.text}
          onChange={(event) => onChange({ ...value, text: event.target.value })}
        />
      ) : null}
    </>
  );
}

function Count({ label, value, onChange }: { label: Key; value: number; onChange: (value: number) => void }): ReactNode {
  return (
    <label>
      <Say it={label} />
      <input
        type="number"
        min={0}
        max={9999}
        value={value}
        onChange={(event) => onChange(Math.max(0, Math.min(9999, Math.trunc(event.target.valueAsNumber) || 0)))}
      />
    </label>
  );
}
