/** That an object came down: where and when it was seen last is offered, and a press alone says neither. */
import { type ReactNode, useId, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { clock } from "../i18n/numbers";
import { ChoiceDialog } from "../parts/choice_dialog";
import { Say, zoneName } from "../parts/words";
import { landings } from "../picture/landings";
import { useSlice } from "../picture/store";
import { usePreferences } from "../preferences";
import type { IncidentObject } from "../wire";

interface Properties {
  item: IncidentObject;
  trackId: number;
  onClose: () => void;
}

export function LandedDialog({ isOpen, ...properties }: Properties & { isOpen: boolean }): ReactNode {
  return (
    <ChoiceDialog isOpen={isOpen} onClose={properties.onClose} title={<Say it="landed.title" />}>
      <Question {...properties} />
    </ChoiceDialog>
  );
}

function Question({ item, trackId, onClose }: Properties): ReactNode {
  const { act, site } = useConsole();
  const { language } = usePreferences();
  const store = useSlice("clock");
  const name = useId();
  const offered = landings(item);
  const [chosen, setChosen] = useState<"seen" | "predicted" | "now">(offered[0].at);
  const record = async (): Promise<void> => {
    const tMs = offered.find(({ at }) => at === chosen)?.tMs ?? Math.round(store.nowMs());
    if (await act({ action: "report_outcome", outcome: "landed", t_ns: Math.round(tMs) * 1_000_000, track_id: trackId })) onClose();
  };
  const zone = item.reached_zone_id === "" ? "" : zoneName(site, item.reached_zone_id, language);
  return (
    <>
      <div className="choices column" role="radiogroup">
        {[...offered, { at: "now" as const, tMs: store.nowMs() }].map(({ at, tMs }) => (
          <label key={at}>
            <input type="radio" name={name} value={at} checked={at === chosen} onChange={() => setChosen(at)} />
            <Say it={at === "seen" && zone === "" ? "landed.seenNowhere" : `landed.${at}`} at={clock(tMs, site.utc_offset_s)} zone={zone} />
          </label>
        ))}
      </div>
      {zone === "" ? (
        <p className="caution" data-nowhere="true">
          <Say it="landed.noZone" />
        </p>
      ) : null}
      <div className="buttons">
        <Button className="primary" autoFocus onPress={onClose}>
          <Say it="action.cancel" />
        </Button>
        <Button className="do" onPress={() => void record()}>
          <Say it="landed.do" />
        </Button>
      </div>
    </>
  );
}
