/** What ended alarms by a person's word, and the way back from it: people who left cover are told at once. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { clock } from "../i18n/numbers";
import { ChoiceDialog } from "../parts/choice_dialog";
import { ReasonForm } from "../parts/reason_form";
import { Until } from "../parts/until";
import { Label, Say, Zone } from "../parts/words";
import { endedTogether } from "../picture/ranking";
import { type PictureStore, useSlice } from "../picture/store";
import type { Ending, StandingAllClear } from "../wire";

/** Of the zones for which it stands; the way back for as long as the site takes it. */
export function AllClearGiven({ zoneIds: given, isClosed }: { zoneIds: string[]; isClosed: boolean }): ReactNode {
  const { may, act } = useConsole();
  const store = useSlice("clock");
  const standing = stillStanding(store).map((one) => one.zone_id);
  const zoneIds = standing.length > 0 ? standing : given; // the strip and the panel name the same zones
  const [asking, setAsking] = useState(false);
  const untilMs = Math.min(...stillStanding(store).map((one) => one.until_t_ms));
  const still = Number.isFinite(untilMs);
  const zoneId = zoneIds.length === 1 ? zoneIds[0] : ""; // of several zones the whole word is taken back
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
        <ReasonForm
          label="allClear.takeBackReason"
          prepared="all_clear"
          doIt="allClear.takeBackDo"
          onDo={(reason) => act({ action: "take_back_all_clear", zone_id: zoneId, reason })}
          onClose={() => setAsking(false)}
        >
          <p>
            <Say it="allClear.takeBackWords" /> <Zones ids={zoneIds} />
          </p>
          {isClosed ? (
            <p className="caution" data-closed="true">
              <Say it="allClear.takeBackClosed" />
            </p>
          ) : null}
        </ReasonForm>
      </ChoiceDialog>
    </section>
  );
}

/** The same above everything, where the alarm stood before: shown for as long as it can be taken back. */
export function AllClearStrip(): ReactNode {
  const store = useSlice("clock");
  const { incident } = useSlice("incident").state;
  const standing = stillStanding(store);
  if (standing.length === 0) return null;
  return (
    <div className="all-clear-strip" role="status">
      <AllClearGiven zoneIds={standing.map((one) => one.zone_id)} isClosed={incident !== null && incident.closed_t_ms !== null} />
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

/** Every retraction, and every word of the kind that was taken back; one that stands can be. */
export function Endings({ endings, live }: { endings: Ending[]; live: boolean }): ReactNode {
  const shown = endings.filter((one) => one.kind === "retraction" || one.taken_back_t_ms !== null);
  if (shown.length === 0) return null;
  return (
    <ul className="endings">
      {shown.map((one) => (
        <EndingRow key={`${one.kind} ${one.zone_id} ${one.t_ms}`} ending={one} live={live} />
      ))}
    </ul>
  );
}

function EndingRow({ ending, live }: { ending: Ending; live: boolean }): ReactNode {
  const { site, may } = useConsole();
  const [asking, setAsking] = useState(false);
  const at = clock(ending.t_ms, site.utc_offset_s);
  const back = ending.taken_back_t_ms;
  const canGoBack = live && back === null && ending.alarm_id !== "" && may("end");
  return (
    <li data-ending={ending.kind} data-taken-back={back !== null}>
      <p className={back === null ? "" : "caution"}>
        <Label group="ending" code={ending.kind} /> <bdi className="number">{at}</bdi> · <EndedZones ending={ending} />
        {back === null ? null : (
          <strong>
            {" · "}
            <Say it="ending.takenBack" at={clock(back, site.utc_offset_s)} />
          </strong>
        )}
      </p>
      {canGoBack ? (
        <Button className="small" onPress={() => setAsking(true)}>
          <Say it="retract.takeBack" />
        </Button>
      ) : null}
      <ChoiceDialog isOpen={asking} onClose={() => setAsking(false)} title={<Say it="retract.takeBackTitle" />}>
        <TakeBackRetraction ending={ending} at={at} onClose={() => setAsking(false)} />
      </ChoiceDialog>
    </li>
  );
}

/** Every zone whose alarm one word ended, each once. */
function EndedZones({ ending }: { ending: Ending }): ReactNode {
  const { endedAlarms } = useSlice("counters").state;
  const all = endedTogether(endedAlarms, ending.alarm_id).map((one) => one.zone_id);
  return <Zones ids={[...new Set([ending.zone_id, ...all])]} />;
}

/** The alarms that stand again, and for whom. */
function StandAgain({ ending }: { ending: Ending }): ReactNode {
  const { endedAlarms } = useSlice("counters").state;
  const all = endedTogether(endedAlarms, ending.alarm_id);
  return (
    <ul className="stand-again">
      {all.length === 0 ? (
        <li>
          <Zone id={ending.zone_id} />
        </li>
      ) : null}
      {all.map((one) => (
        <li key={one.alarm_id} data-alarm={one.alarm_id}>
          <Label group="alarm.stage" code={one.stage} /> · <Zone id={one.zone_id} />
        </li>
      ))}
    </ul>
  );
}

function TakeBackRetraction({ ending, at, onClose }: { ending: Ending; at: string; onClose: () => void }): ReactNode {
  const { act } = useConsole();
  return (
    <ReasonForm
      label="retract.takeBackReason"
      prepared="all_clear"
      doIt="allClear.takeBackDo"
      onDo={(reason) => act({ action: "take_back_retraction", alarm_id: ending.alarm_id, reason })}
      onClose={onClose}
    >
      <p>
        <Say it="retract.takeBackWords" at={at} />
      </p>
      <StandAgain ending={ending} />
    </ReasonForm>
  );
}
