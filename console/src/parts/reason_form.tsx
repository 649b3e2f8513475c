/** What a person is about to take back or correct, and why: nothing is done without a reason. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import type { Key } from "../i18n/wording";
import { PreparedReasons, REASON_MAX, type Taken } from "./prepared_reasons";
import { Say, usePlain } from "./words";

interface Properties {
  /** What the reason is called. */
  label: Key;
  /** The word on the button that does it. */
  doIt: Key;
  /** Which reasons are prepared for it, to be heard in every language. */
  prepared?: Taken;
  /** Whether there is danger in it: then not doing it lies nearest. */
  grave?: boolean;
  /** Whether something else is still to be said first. */
  lacking?: boolean;
  /** Does it; true once it is done. */
  onDo: (reason: string) => Promise<boolean>;
  onClose: () => void;
  children: ReactNode;
}

export function ReasonForm({ label, doIt, prepared, grave = false, lacking = false, onDo, onClose, children }: Properties): ReactNode {
  const say = usePlain();
  const [reason, setReason] = useState("");
  const [busy, setBusy] = useState(false);
  const submit = async (): Promise<void> => {
    setBusy(true);
    if (await onDo(reason.trim())) onClose();
    setBusy(false);
  };
  const go = (
    <Button key="do" className={grave ? "do" : "do primary"} isDisabled={busy || lacking || reason.trim() === ""} onPress={() => void submit()}>
      <Say it={doIt} />
    </Button>
  );
  const cancel = (
    <Button key="cancel" className={grave ? "primary" : ""} autoFocus onPress={onClose}>
      <Say it="action.cancel" />
    </Button>
  );
  return (
    <>
      {children}
      {prepared === undefined ? (
        <input
          dir="auto"
          maxLength={REASON_MAX}
          aria-label={say(label)}
          placeholder={say(label)}
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      ) : (
        <PreparedReasons of={prepared} label={say(label)} value={reason} onChange={setReason} />
      )}
      <div className="buttons">{grave ? [cancel, go] : [go, cancel]}</div>
    </>
  );
}
