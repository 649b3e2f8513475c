/** Who has the watch, and the authority card: who decides what, who stands in, how they are reached. Can be printed. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { clock, date } from "../i18n/numbers";
import { ChoiceDialog } from "../parts/choice_dialog";
import { NotYours } from "../parts/permitted";
import { Label, LOCAL_OPERATOR, Say, useCalled, usePlain, zoneName } from "../parts/words";
import { useSlice } from "../picture/store";
import { usePreferences } from "../preferences";
import type { AuthorityCard, CardDuty } from "../wire";
import { TakeQuestion } from "./watch_offer";

const NOTE_MAX = 500;

export function WatchDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }): ReactNode {
  const { card, site } = useConsole();
  const { language } = usePreferences();
  return (
    <ChoiceDialog title={<Say it="watch.title" site={language === "ar" ? site.name_ar : site.name_en} />} isOpen={isOpen} onClose={onClose}>
      <div className="watch-dialog">
        <CurrentWatch />
        <NotYours it="card" />
        {card === null ? null : <Card card={card} />}
        <div className="buttons">
          {card === null || card.people.length + card.duties.length === 0 ? null : (
            <Button onPress={() => window.print()}>
              <Say it="card.print" />
            </Button>
          )}
          <Button onPress={onClose}>
            <Say it="action.close" />
          </Button>
        </div>
      </div>
    </ChoiceDialog>
  );
}

function CurrentWatch(): ReactNode {
  const { watch } = useSlice("counters").state;
  const { site, session, may, act } = useConsole();
  const called = useCalled();
  const [taking, setTaking] = useState(false);
  const canTake = (name: string): boolean => name !== "" && (session.open || session.watchers.includes(name));
  const mine = watch.holder === (session.name ?? LOCAL_OPERATOR);
  return (
    <section className="current-watch" data-holder={watch.holder}>
      <p>
        {watch.holder === "" ? (
          <strong>
            <Say it="onWatch.nobody" />
          </strong>
        ) : (
          <>
            <Say it="onWatch.is" /> <strong dir="auto">{called(watch.holder)}</strong>{" "}
            <small className="muted">
              <Say it="onWatch.span" since={clock(watch.since_t_ms ?? 0, site.utc_offset_s)} until={clock(watch.until_t_ms ?? 0, site.utc_offset_s)} />
            </small>
          </>
        )}
      </p>
      {watch.offered_to === "" ? null : (
        <p className="caution">
          <Say it="onWatch.offered" name={called(watch.offered_to)} />
          {watch.note === "" ? null : (
            <>
              {" "}
              <bdi dir="auto">{watch.note}</bdi>
            </>
          )}
        </p>
      )}
      {may("watch") && taking ? (
        <TakeQuestion onClose={() => setTaking(false)} />
      ) : may("watch") ? (
        <div className="buttons">
          <Button className={mine ? "" : "primary"} onPress={() => (mine ? void act({ action: "take_watch" }) : setTaking(true))}>
            <Say it={mine ? "onWatch.renew" : "onWatch.takeAsk"} />
          </Button>
          {mine && watch.offered_to === "" && canTake(watch.taken_from) ? (
            <Button className="give-back" onPress={() => void act({ action: "hand_over", to: watch.taken_from, note: "" })}>
              <Say it="onWatch.giveBack" name={called(watch.taken_from)} />
            </Button>
          ) : null}
          {mine && watch.offered_to !== "" ? (
            <Button onPress={() => void act({ action: "hand_over", to: "", note: "" })}>
              <Say it="onWatch.keep" />
            </Button>
          ) : null}
        </div>
      ) : (
        <NotYours it="watch" />
      )}
      {mine && may("watch") && watch.offered_to === "" ? <HandOver /> : null}
    </section>
  );
}

/** Who takes over is chosen of those who can; they have it once they say so themselves. */
function HandOver(): ReactNode {
  const { act, card, session } = useConsole();
  const say = usePlain();
  const called = useCalled();
  // where nobody signs in, by the authority card
  const names = session.open ? (card?.people ?? []).map((person) => person.name) : session.watchers;
  const others = names.filter((name) => name !== session.name);
  const [to, setTo] = useState("");
  const [note, setNote] = useState("");
  return (
    <form
      className="hand-over"
      onSubmit={(event) => {
        event.preventDefault();
        void act({ action: "hand_over", to, note: note.trim() });
      }}
    >
      <select required aria-label={say("onWatch.to")} value={to} onChange={(event) => setTo(event.target.value)}>
        <option value="">{say("onWatch.to")}</option>
        {others.map((name) => (
          <option key={name} value={name}>
            {called(name)}
          </option>
        ))}
      </select>
      <input dir="auto" maxLength={NOTE_MAX} aria-label={say("onWatch.note")} placeholder={say("onWatch.note")} value={note} onChange={(event) => setNote(event.target.value)} />
      <Button type="submit">
        <Say it="onWatch.handOver" />
      </Button>
    </form>
  );
}

function Card({ card }: { card: AuthorityCard }): ReactNode {
  const called = useCalled();
  const { language } = usePreferences();
  if (card.people.length + card.duties.length === 0) {
    return (
      <p className="muted">
        <Say it="card.none" />
      </p>
    );
  }
  return (
    <section className="authority-card">
      <h3>
        <Say it="card.title" />
      </h3>
      <Confirmed card={card} />
      <table>
        <thead>
          <tr>
            <th><Say it="card.decides" /></th>
            <th><Say it="card.where" /></th>
            <th><Say it="card.people" /></th>
            <th><Say it="card.deputies" /></th>
          </tr>
        </thead>
        <tbody>
          {card.duties.map((duty, place) => (
            <tr key={place}>
              <td><Label group="permission" code={duty.decides} /></td>
              <td><Where duty={duty} /></td>
              <td><bdi>{duty.people.map(called).join(language === "ar" ? "، " : ", ")}</bdi></td>
              <td><bdi>{duty.deputies.map(called).join(language === "ar" ? "، " : ", ") || "–"}</bdi></td>
            </tr>
          ))}
        </tbody>
      </table>
      <table className="card-people">
        <thead>
          <tr>
            <th><Say it="card.name" /></th>
            <th><Say it="card.post" /></th>
            <th><Say it="card.phone" /></th>
          </tr>
        </thead>
        <tbody>
          {card.people.map((person) => (
            <tr key={person.name}>
              <td><bdi>{called(person.name)}</bdi></td>
              <td>{(language === "ar" ? person.post_ar : person.post_en) || "–"}</td>
              <td><bdi dir="ltr" className="number">{person.phone || "–"}</bdi></td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Where({ duty }: { duty: CardDuty }): ReactNode {
  const { site } = useConsole();
  const { language } = usePreferences();
  return (
    <>
      {duty.zone_ids.length === 0 ? <Say it="card.everyZone" /> : <bdi>{duty.zone_ids.map((id) => zoneName(site, id, language)).join(language === "ar" ? "، " : ", ")}</bdi>}
      {duty.stages.map((stage) => (
        <span key={stage}>
          {" · "}
          <Label group="alarm.stage" code={stage === "WARN" ? 3 : 2} />
        </span>
      ))}
    </>
  );
}

/** By whom and when somebody last said that the card is right, here or in the settings: whichever is newer. */
function Confirmed({ card }: { card: AuthorityCard }): ReactNode {
  const { watch, notices } = useSlice("counters").state;
  const { site, may, act } = useConsole();
  const called = useCalled();
  const here = watch.confirmed_t_ms === null ? "" : date(watch.confirmed_t_ms, site.utc_offset_s);
  const newer = here !== "" && here >= card.confirmed_on;
  const day = newer ? here : card.confirmed_on;
  const by = newer ? watch.confirmed_by : card.confirmed_by;
  const old = notices.includes("card-old") || notices.includes("card-never-confirmed");
  return (
    <div className="card-confirmed" data-old={old}>
      <p className={old ? "caution" : "muted"}>
        {day === "" ? <Say it="card.neverConfirmed" /> : <Say it={by === "" ? "card.confirmedOn" : "card.confirmedBy"} day={day} name={called(by)} />}
        {old && day !== "" ? (
          <>
            {" "}
            <Say it="card.old" />
          </>
        ) : null}
      </p>
      {may("confirm") ? (
        <Button className="small" onPress={() => void act({ action: "confirm_card" })}>
          <Say it="card.confirm" />
        </Button>
      ) : (
        <NotYours it="confirm" />
      )}
    </div>
  );
}
