/** The form that declares one flight. */
import { type ReactNode, useId, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import type { Key } from "../i18n/wording";
import { ChoiceDialog } from "../parts/choice_dialog";
import { Label, Say } from "../parts/words";
import { blank, declarationOf, type Entered, type Fault, faultOf, LABELS } from "../picture/declaring";
import { store } from "../picture/store";

const KINDS = ["multirotor", "fixedwing_small", "crewed", "balloon"];
const SHAPES = ["circle", "polygon", "route", "anywhere"] as const;
const TEXT_MAX = 200;

export function DeclareDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }): ReactNode {
  return (
    <ChoiceDialog isOpen={isOpen} onClose={onClose} title={<Say it="flights.declare" />}>
      <Form onClose={onClose} />
    </ChoiceDialog>
  );
}

function Form({ onClose }: { onClose: () => void }): ReactNode {
  const { act, site } = useConsole();
  const [entered, setEntered] = useState(() => blank(store.nowMs() || Date.now(), site.utc_offset_s));
  const [fault, setFault] = useState<Fault | null>(null);
  const [busy, setBusy] = useState(false);
  const group = useId();
  const put = (change: Partial<Entered>): void => setEntered({ ...entered, ...change });
  const declare = async (): Promise<void> => {
    const found = faultOf(entered, site.utc_offset_s, [site.longitude_deg, site.latitude_deg]);
    setFault(found);
    if (found !== null) return;
    setBusy(true);
    const flight = declarationOf(entered, site.utc_offset_s, Date.now());
    if (await act({ action: "declare_flights", flights: [flight] })) onClose();
    setBusy(false);
  };
  const field = (name: keyof Entered, type: "text" | "number" | "tel" | "datetime-local" = "text"): ReactNode => (
    <Field name={name} type={type} value={entered[name]} faulty={fault?.split(".")[0] === name} onChange={(value) => put({ [name]: value })} />
  );
  return (
    <>
      <div className="form declare">
        {field("name")}
        <div className="pair">
          {field("operator")}
          {field("phone", "tel")}
        </div>
        <Pick name={`${group}k`} label="declare.kind" codes={KINDS} group="class" value={entered.kind} onChange={(kind) => put({ kind })} />
        {field("make")}
        <div className="pair">
          {LABELS.map((label) => (
            <div key={label}>{field(label)}</div>
          ))}
        </div>
        <Pick name={`${group}s`} label="declare.where" codes={SHAPES} group="shape" value={entered.shape} onChange={(shape) => put({ shape })} />
        {entered.shape === "anywhere" ? null : (
          <div className="pair">
            {field("places")}
            {entered.shape === "polygon" ? null : field("extent", "number")}
          </div>
        )}
        <div className="pair">
          {field("low", "number")}
          {field("high", "number")}
        </div>
        <div className="pair">
          {field("from", "datetime-local")}
          {field("until", "datetime-local")}
        </div>
        {field("remarks")}
      </div>
      {fault === null ? null : (
        <p className="caution" role="alert">
          <Say it="declare.faulty" /> <Label group="declare" code={fault} />
        </p>
      )}
      <div className="buttons">
        <Button className="primary" isDisabled={busy} onPress={() => void declare()}>
          <Say it="flights.declare" />
        </Button>
        <Button onPress={onClose}>
          <Say it="action.cancel" />
        </Button>
      </div>
    </>
  );
}

interface FieldProperties {
  name: keyof Entered;
  type: string;
  value: string;
  faulty: boolean;
  onChange: (value: string) => void;
}

const LEFT_TO_RIGHT: readonly string[] = ["phone", "places", "icao", "remote_id", "callsign", "friend_tag"];

function Field({ name, type, value, faulty, onChange }: FieldProperties): ReactNode {
  const direction = LEFT_TO_RIGHT.includes(name) || type !== "text" ? "ltr" : "auto";
  return (
    <label className="field">
      <span>
        <Say it={`declare.${name}` as Key} />
      </span>
      <input
        name={name}
        type={type}
        dir={direction}
        maxLength={name === "places" ? undefined : TEXT_MAX}
        aria-invalid={faulty}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}

interface PickProperties<Code extends string> {
  name: string;
  label: Key;
  codes: readonly Code[];
  group: string;
  value: string;
  onChange: (value: Code) => void;
}

function Pick<Code extends string>({ name, label, codes, group, value, onChange }: PickProperties<Code>): ReactNode {
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
