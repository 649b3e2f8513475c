/** Asks before the all-clear: people leave cover on it. zoneId "" means every zone. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { ChoiceDialog } from "../parts/choice_dialog";
import { Say, zoneName } from "../parts/words";
import { useSlice } from "../picture/store";
import { usePreferences } from "../preferences";

export function AllClearDialog({ zoneId, onClose }: { zoneId: string | null; onClose: () => void }): ReactNode {
  const { act, site } = useConsole();
  const { language } = usePreferences();
  const store = useSlice("alarms");
  const [busy, setBusy] = useState(false);
  const everywhere = zoneId === "" || zoneId === null;
  const active = store.state.alarms.some((alarm) => alarm.state === "active" && (zoneId === "" || alarm.zone_id === zoneId));
  const announce = async (): Promise<void> => {
    setBusy(true);
    if (await act({ action: "all_clear", zone_id: zoneId ?? "" })) onClose();
    setBusy(false);
  };
  return (
    <ChoiceDialog isOpen={zoneId !== null} onClose={onClose} title={<Say it="allClear.title" />}>
      <p>{everywhere ? <Say it="allClear.every" /> : <Say it="allClear.zone" zone={zoneName(site, zoneId, language)} />}</p>
      {active ? (
        <p className="caution">
          <Say it="allClear.stillActive" />
        </p>
      ) : null}
      <div className="buttons">
        <Button className="primary" isDisabled={busy} onPress={() => void announce()}>
          <Say it="alarm.allClear" />
        </Button>
        <Button autoFocus onPress={onClose}>
          <Say it="action.cancel" />
        </Button>
      </div>
    </ChoiceDialog>
  );
}
