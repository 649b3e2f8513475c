/** The offer of a watch, above everything until it is taken, declined or taken back; and the one question before a watch is taken. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { moment } from "../i18n/numbers";
import { ChoiceDialog } from "../parts/choice_dialog";
import { LOCAL_OPERATOR, Say, useCalled } from "../parts/words";
import { useSlice } from "../picture/store";

export function OfferStrip(): ReactNode {
  const store = useSlice("counters");
  const { session, may, act } = useConsole();
  const called = useCalled();
  const [taking, setTaking] = useState(false);
  const { watch } = store.state;
  const name = session.name ?? LOCAL_OPERATOR;
  const mine = watch.offered_to === name;
  if (store.over || watch.offered_to === "") return null;
  const acts = may("watch");
  return (
    <div className="offer-strip" role={mine ? "alert" : "status"} data-mine={mine}>
      <p>
        {mine ? <Say it="onWatch.offeredToYou" name={called(watch.holder)} /> : <Say it="onWatch.offered" name={called(watch.offered_to)} />}{" "}
        <HeldSince />
        {watch.note === "" ? null : (
          <>
            {" "}
            <bdi dir="auto">{watch.note}</bdi>
          </>
        )}
      </p>
      {mine && acts ? (
        <div className="buttons">
          <Button className="primary small" onPress={() => setTaking(true)}>
            <Say it="onWatch.takeOffered" />
          </Button>
          <Button className="small" onPress={() => void act({ action: "hand_over", to: "", note: "" })}>
            <Say it="onWatch.decline" />
          </Button>
        </div>
      ) : null}
      {watch.holder === name && acts ? (
        <Button className="small" onPress={() => void act({ action: "hand_over", to: "", note: "" })}>
          <Say it="onWatch.keep" />
        </Button>
      ) : null}
      <ChoiceDialog isOpen={taking} onClose={() => setTaking(false)} title={<Say it="onWatch.takeTitle" />}>
        <TakeQuestion onClose={() => setTaking(false)} />
      </ChoiceDialog>
    </div>
  );
}

/** Since when who has the watch has it; nothing where nobody has. */
function HeldSince(): ReactNode {
  const { site } = useConsole();
  const called = useCalled();
  const store = useSlice("clock");
  const { holder, since_t_ms } = store.state.watch;
  if (holder === "" || since_t_ms === null) return null;
  return <Say it="onWatch.heldSince" name={called(holder)} since={moment(since_t_ms, store.nowMs(), site.utc_offset_s)} />;
}

/** What it means to take the watch, and from whom: asked once. */
export function TakeQuestion({ onClose }: { onClose: () => void }): ReactNode {
  const { act } = useConsole();
  const take = async (): Promise<void> => {
    if (await act({ action: "take_watch" })) onClose();
  };
  return (
    <div className="take-watch">
      <p>
        <Say it="onWatch.means" />
      </p>
      <p>
        <HeldSince />
      </p>
      <div className="buttons">
        <Button className="primary" onPress={() => void take()}>
          <Say it="onWatch.take" />
        </Button>
        <Button autoFocus onPress={onClose}>
          <Say it="action.cancel" />
        </Button>
      </div>
    </div>
  );
}
