/** What ended alarms by a person's word, and the way back from it: people who left cover are told at once. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { clock } from "../i18n/numbers";
import { ChoiceDialog } from "../parts/choice_dialog";
import { ReasonForm } from "../parts/reason_form";
import { Until } from "../parts/until";
import { Label, Say, Zone } from "../parts/words";
import { standing as standingClears, takenBackBy } from "../picture/all_clears";
import { endedTogether } from "../picture/ranking";
import { type PictureStore, useSlice } from "../picture/store";
import type { Ending, StandingAllClear } from "../wire";

/** Each all-clear that stands, with its own way back for as long as the site takes it; else what was given. */
export function AllClearGiven({ zoneIds, isClosed }: { zoneIds: string[]; isClosed: boolean }): ReactNode {
  const store = useSlice("clock");
  const standing = stillStanding(store);
  if (standing.length > 0) {
    return (
      <>
        {standing.map((one) => (
          <Standing key={one.zone_id} one={one} all={standing} isClosed={isClosed} />
        ))}
      </>
    );
  }
  return (
    <section className="all-clear-given">
      <p>
        <Say it="allClear.given" /> <Zones ids={zoneIds} />
      </p>
    </section>
  );
}

interface StandingProperties {
  one: StandingAllClear;
  /** All that stand, this one among them: with it, others can be taken back. */
  all: StandingAllClear[];
  isClosed: boolean;
}

/** The all-clear of one zone, until when it can be taken back, and the question. */
function Standing({ one, all, isClosed }: StandingProperties): ReactNode {
  const { may } = useConsole();
  const [asking, setAsking] = useState(false);
  return (
    <section className="all-clear-given" data-zone={one.zone_id}>
      <p>
        <Say it="allClear.given" /> <Zones ids={[one.zone_id]} />
        {" · "}
        <Say it="allClear.takeBackUntil" /> <Until tMs={one.until_t_ms} />
      </p>
      {may("end") ? (
        <Button className="small" onPress={() => setAsking(true)}>
          <Say it="allClear.takeBack" />
        </Button>
      ) : null}
      <ChoiceDialog isOpen={asking} onClose={() => setAsking(false)} title={<Say it="allClear.takeBackTitle" />}>
        <TakeBack one={one} all={all} isClosed={isClosed} onClose={() => setAsking(false)} />
      </ChoiceDialog>
    </section>
  );
}

function TakeBack({ one, all, isClosed, onClose }: StandingProperties & { onClose: () => void }): ReactNode {
  const { act } = useConsole();
  const [chosen, setChosen] = useState<readonly string[]>([one.zone_id]);
  const every = chosen.includes(""); // the word for the whole site is taken back for the whole site
  const zoneIds = all.map(({ zone_id }) => zone_id).filter((id) => every || chosen.includes(id));
  const takeBack = async (reason: string): Promise<boolean> => {
    const done = await Promise.all(takenBackBy(zoneIds, all).map((zone_id) => act({ action: "take_back_all_clear", zone_id, reason })));
    return done.every(Boolean);
  };
  return (
    <ReasonForm label="allClear.takeBackReason" prepared="all_clear" doIt="allClear.takeBackDo" lacking={zoneIds.length === 0} onDo={takeBack} onClose={onClose}>
      <p>
        <Say it="allClear.takeBackWords" /> <Zones ids={zoneIds} />
      </p>
      {all.length < 2 ? null : (
        <fieldset className="take-back-zones">
          <legend>
            <Say it="allClear.takeBackWhich" />
          </legend>
          {all.map(({ zone_id }) => (
            <label key={zone_id}>
              <input
                type="checkbox"
                value={zone_id}
                checked={zoneIds.includes(zone_id)}
                onChange={(event) => setChosen(event.target.checked ? [...chosen, zone_id] : chosen.filter((id) => id !== zone_id))}
              />
              <Zone id={zone_id} />
            </label>
          ))}
        </fieldset>
      )}
      {isClosed ? (
        <p className="caution" data-closed="true">
          <Say it="allClear.takeBackClosed" />
        </p>
      ) : null}
    </ReasonForm>
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
  store.over ? [] : standingClears(store.state.allClears, store.nowMs());

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
