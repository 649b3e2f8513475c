/** For which zones the all-clear stands, and the way back from it: people who left cover are told at once. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { ChoiceDialog } from "../parts/choice_dialog";
import { PreparedReasons } from "../parts/prepared_reasons";
import { Until } from "../parts/until";
import { Say, usePlain, Zone } from "../parts/words";
import { type PictureStore, useSlice } from "../picture/store";
import type { StandingAllClear } from "../wire";

/** Of the zones for which it stands; the way back for as long as the site takes it. */
export function AllClearGiven({ zoneIds }: { zoneIds: string[] }): ReactNode {
  const { may } = useConsole();
  const store = useSlice("clock");
  const [asking, setAsking] = useState(false);
  const untilMs = Math.min(...stillStanding(store).map((one) => one.until_t_ms));
  const still = Number.isFinite(untilMs);
  return (
    <section className="all-clear-given">
      <p>
        <Say it="allClear.given" /> <Zones ids={zoneIds} />
        {still ? (
          <>
            {" · "}
            <Say it="allClear.takeBackUntil" /> <Until tMs={untilMs} />
          </>
        ) : null}
      </p>
      {may("end") && still ? (
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

/** The same above everything, where the alarm stood before: shown for as long as it can be taken back. */
export function AllClearStrip(): ReactNode {
  const store = useSlice("clock");
  const standing = stillStanding(store);
  if (standing.length === 0) return null;
  return (
    <div className="all-clear-strip" role="status">
      <AllClearGiven zoneIds={standing.map((one) => one.zone_id)} />
    </div>
  );
}

const stillStanding = (store: PictureStore): StandingAllClear[] =>
  store.over ? [] : store.state.allClears.filter((one) => one.until_t_ms > store.nowMs());

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
      <PreparedReasons of="all_clear" label={say("allClear.takeBackReason")} value={reason} onChange={setReason} />
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
