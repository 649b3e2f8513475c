/** Acknowledges every alarm that waits for it, by one press; asks first where that is many, and names them. */
import { type ReactNode, useCallback, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import type { Action } from "../link/api";
import { ChoiceDialog } from "../parts/choice_dialog";
import { Counted, Label, Say, Zone } from "../parts/words";
import { asksFirst, unacknowledged } from "../picture/ranking";
import { store, useSlice } from "../picture/store";

type Act = (action: Action) => Promise<boolean>;

const acknowledge = (act: Act, alarmIds: readonly string[]): Promise<boolean[]> =>
  Promise.all(alarmIds.map((alarm_id) => act({ action: "acknowledge", alarm_id })));

interface Asking {
  /** Those that were there when it was asked: what comes meanwhile is acknowledged by nobody. */
  asked: readonly string[] | null;
  ask: () => void;
  close: () => void;
}

/** What the one press does: at once for a few, and by a question for many. */
export function useAcknowledgeAll(act: Act): Asking {
  const [asked, setAsked] = useState<readonly string[] | null>(null);
  const ask = useCallback(() => {
    const ids = unacknowledged(store.state.alarms).map(({ alarm_id }) => alarm_id);
    if (asksFirst(ids.length)) setAsked(ids);
    else void acknowledge(act, ids);
  }, [act]);
  return { asked, ask, close: useCallback(() => setAsked(null), []) };
}

export function AcknowledgeAllDialog({ asked, onClose }: { asked: readonly string[] | null; onClose: () => void }): ReactNode {
  return (
    <ChoiceDialog isOpen={asked !== null} onClose={onClose} title={<Say it="acknowledgeAll.title" />}>
      <Question asked={asked ?? []} onClose={onClose} />
    </ChoiceDialog>
  );
}

function Question({ asked, onClose }: { asked: readonly string[]; onClose: () => void }): ReactNode {
  const { act } = useConsole();
  const { alarms } = useSlice("alarms").state;
  const waiting = unacknowledged(alarms).filter(({ alarm_id }) => asked.includes(alarm_id));
  const all = async (): Promise<void> => {
    await acknowledge(act, waiting.map(({ alarm_id }) => alarm_id));
    onClose();
  };
  return (
    <>
      <p>
        <Counted it="alarm.unseen" count={waiting.length} />
      </p>
      <ul className="acknowledge-all">
        {waiting.map((alarm) => (
          <li key={alarm.alarm_id} data-asked={alarm.alarm_id}>
            <Label group="alarm.stage" code={alarm.stage} /> · <Zone id={alarm.zone_id} />
            {alarm.state === "active" ? null : (
              <>
                {" · "}
                <Say it="alarm.passedShort" />
              </>
            )}
          </li>
        ))}
      </ul>
      <div className="buttons">
        <Button className="primary" autoFocus onPress={onClose}>
          <Say it="action.cancel" />
        </Button>
        <Button className="do" isDisabled={waiting.length === 0} onPress={() => void all()}>
          <Say it="acknowledgeAll.do" />
        </Button>
      </div>
    </>
  );
}
