/** For which zones the all-clear stands, and the way back from it: people who left cover are told at once. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { ChoiceDialog } from "../parts/choice_dialog";
import { Say, usePlain, Zone } from "../parts/words";

const REASON_MAX = 500;

export function AllClearGiven({ zoneIds }: { zoneIds: string[] }): ReactNode {
  const { may } = useConsole();
  const [asking, setAsking] = useState(false);
  return (
    <section className="all-clear-given">
      <p>
        <Say it="allClear.given" /> <Zones ids={zoneIds} />
      </p>
      {may("end") ? (
        <Button className="small" onPress={() => setAsking(true)}>
          <Say it="allClear.takeBack" />
        </Button>
      ) : null}
      <ChoiceDialog isOpen={asking} onClose={() => setAsking(false)} title={<Say it="allClear.takeBackTitle" />}>
        <Why zoneIds={zoneIds} onClose={() => setAsking(false)} />
      </ChoiceDialog>
    </section>
  );
}

function Zones({ ids }: { ids: string[] }): ReactNode {
  return ids.map((id, place) => (
    <span key={id}>
      {place === 0 ? "" : " · "}
      <Zone id={id} />
    </span>
  ));
}

function Why({ zoneIds, onClose }: { zoneIds: string[]; onClose: () => void }): ReactNode {
  const { act } = useConsole();
  const say = usePlain();
  const [reason, setReason] = useState("");
  const zoneId = zoneIds.length === 1 ? zoneIds[0] : ""; // of several zones the whole word is taken back
  const takeBack = async (): Promise<void> => {
    if (await act({ action: "take_back_all_clear", zone_id: zoneId, reason: reason.trim() })) onClose();
  };
  return (
    <>
      <p>
        <Say it="allClear.takeBackWords" /> <Zones ids={zoneIds} />
      </p>
      <input
        dir="auto"
        maxLength={REASON_MAX}
        aria-label={say("allClear.takeBackReason")}
        placeholder={say("allClear.takeBackReason")}
        value={reason}
        onChange={(event) => setReason(event.target.value)}
      />
      <div className="buttons">
        <Button className="primary" isDisabled={reason.trim() === ""} onPress={() => void takeBack()}>
          <Say it="allClear.takeBackDo" />
        </Button>
        <Button autoFocus onPress={onClose}>
          <Say it="action.cancel" />
        </Button>
      </div>
    </>
  );
}
