/** Who a track is: what a person decides, why, and the way back. What lowers a warning takes a second look. */
import { type ReactNode, useId, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { clock, kilometres } from "../i18n/numbers";
import { ChoiceDialog } from "../parts/choice_dialog";
import { Countdown } from "../parts/countdown";
import { NotYours } from "../parts/permitted";
import { Because, Label, Quantity, Say, useCalled, usePlain, Zone } from "../parts/words";
import { endangered, nearest, speaksAgainst } from "../picture/second_look";
import { store, useSlice } from "../picture/store";
import type { Decision, Flight, Track, TrackDetail } from "../wire";

export type Why = Exclude<Decision["why"], "">;

const WHYS: readonly Why[] = ["own_drone", "owner_confirmed", "air_traffic", "seen", "not_a_drone", "other"];
const LOWERING = ["neutral", "friend"];
const NOTE_MAX = 500;

interface Properties {
  track: Track;
  detail: TrackDetail | null;
  identities: readonly string[];
}

export function IdentityButtons({ track, detail, identities }: Properties): ReactNode {
  const { act, may } = useConsole();
  const say = usePlain();
  const [asked, setAsked] = useState<string | null>(null);
  useSlice("flights");
  const flights = candidatesOf(track);
  const set = (identity: string, why: Decision["why"] = "", reason = ""): Promise<boolean> =>
    act({ action: "set_identity", track_id: track.track_id, identity, reason, why });
  const press = (identity: string): void => {
    const asks = identity === "hostile" ? flights.length > 0 : LOWERING.includes(identity) && endangered(track, detail);
    if (asks) setAsked(identity);
    else void set(identity);
  };
  const close = (): void => setAsked(null);
  return (
    <>
      <div className="identify" role="group" aria-label={say("track.identify")}>
        {identities.map((identity) => (
          <Button
            key={identity}
            className={identity === track.identity ? "small chosen" : "small"}
            aria-pressed={identity === track.identity}
            isDisabled={!may("classify")}
            onPress={() => press(identity)}
          >
            <Label group="identity" code={identity} />
          </Button>
        ))}
      </div>
      <NotYours it="classify" />
      <DecisionLine track={track} onBack={() => void set("pending")} />
      <LowerDialog
        isOpen={asked !== null && asked !== "hostile"}
        identity={asked ?? "friend"}
        track={track}
        detail={detail}
        onConfirm={(why, reason) => set(asked ?? "pending", why, reason)}
        onClose={close}
      />
      <HostileDialog isOpen={asked === "hostile"} flights={flights} onConfirm={() => set("hostile")} onClose={close} />
    </>
  );
}

/** The declared flights a track could be, as they are known. */
export function candidatesOf(track: Track): Flight[] {
  const ids = track.flight?.candidates ?? [];
  return ids.flatMap((id) => store.state.flights.filter((flight) => flight.flight_id === id));
}

/** Who decided it, when and why, and the way back to what the site makes of it by itself. */
function DecisionLine({ track, onBack }: { track: Track; onBack: () => void }): ReactNode {
  const { may } = useConsole();
  if (track.decision === null) return null;
  return (
    <p className="decision" data-identity={track.decision.identity}>
      <span>
        <DecisionWords decision={track.decision} />
      </span>
      {may("classify") ? (
        <Button className="small" onPress={onBack}>
          <Say it="identity.takeBack" />
        </Button>
      ) : null}
    </p>
  );
}

export function DecisionWords({ decision }: { decision: Decision }): ReactNode {
  const { site } = useConsole();
  const called = useCalled();
  const flight = store.state.flights.find((candidate) => candidate.flight_id === decision.flight_id);
  return (
    <>
      <strong>
        <Label group="identity" code={decision.identity} />
      </strong>{" "}
      <Say it="identity.by" name={called(decision.by)} time={clock(decision.t_ms, site.utc_offset_s)} />
      {decision.why === "" ? null : (
        <>
          {": "}
          <Label group="why" code={decision.why} />
        </>
      )}
      {flight === undefined ? null : (
        <>
          {" · "}
          <bdi>{flight.name}</bdi>
        </>
      )}
      {decision.note === "" ? null : (
        <>
          {" · "}
          <bdi>{decision.note}</bdi>
        </>
      )}
    </>
  );
}

interface LowerProperties {
  isOpen: boolean;
  identity: string;
  track: Track;
  detail: TrackDetail | null;
  /** The reason where it is known already: then only the second look is asked for. */
  why?: Why;
  onConfirm: (why: Why, note: string) => Promise<boolean>;
  onClose: () => void;
}

export function LowerDialog(properties: LowerProperties): ReactNode {
  return (
    <ChoiceDialog isOpen={properties.isOpen} onClose={properties.onClose} title={<Say it="lower.title" />}>
      <Lowering {...properties} />
    </ChoiceDialog>
  );
}

/** First why, then the second look; nothing is done before the last button. */
function Lowering({ identity, track, detail, why: known, onConfirm, onClose }: LowerProperties): ReactNode {
  const [why, setWhy] = useState<Why | null>(known ?? null);
  const [note, setNote] = useState("");
  const [looking, setLooking] = useState(known !== undefined);
  const [busy, setBusy] = useState(false);
  const say = usePlain();
  const group = useId();
  const given = why !== null && (why !== "other" || note.trim() !== "");
  const confirm = async (): Promise<void> => {
    if (why === null) return;
    setBusy(true);
    if (await onConfirm(why, note.trim())) onClose();
    setBusy(false);
  };
  return (
    <>
      <p>
        <Say it="lower.what" /> <Label group="class" code={track.class_name} /> <bdi>{`#${track.track_id}`}</bdi>
        {track.name ? (
          <>
            {" "}
            <bdi className="muted">{track.name}</bdi>
          </>
        ) : null}
        {" → "}
        <strong>
          <Label group="identity" code={identity} />
        </strong>
      </p>
      {looking ? (
        <SecondLook track={track} detail={detail} />
      ) : (
        <div className="form">
          <fieldset>
            <legend>
              <Say it="lower.why" />
            </legend>
            <div className="choices column">
              {WHYS.map((code) => (
                <label key={code}>
                  <input type="radio" name={group} value={code} checked={code === why} onChange={() => setWhy(code)} />
                  <span>
                    <Label group="why" code={code} />
                  </span>
                </label>
              ))}
            </div>
          </fieldset>
          <textarea
            dir="auto"
            rows={2}
            maxLength={NOTE_MAX}
            aria-label={say("lower.note")}
            placeholder={say("lower.note")}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
        </div>
      )}
      <div className="buttons">
        <Button className="primary" autoFocus onPress={onClose}>
          <Say it="action.cancel" />
        </Button>
        {looking ? (
          <Button key="do" isDisabled={busy} onPress={() => void confirm()}>
            <Say it="lower.do" />
          </Button>
        ) : (
          <Button key="next" isDisabled={!given} onPress={() => setLooking(true)}>
            <Say it="lower.next" />
          </Button>
        )}
      </div>
    </>
  );
}

/** How near, how soon, and what speaks against it, as it stands now. */
function SecondLook({ track, detail }: { track: Track; detail: TrackDetail | null }): ReactNode {
  useSlice("tracks");
  const now = store.state.tracks.get(track.track_id) ?? track;
  const newest = now.detail ?? detail;
  const zone = nearest(newest);
  const against = speaksAgainst(newest);
  return (
    <div className="second-look">
      <p className="caution grave" role="alert">
        <Say it="lower.consequence" />
      </p>
      <dl className="facts">
        <div>
          <dt>
            <Say it="lower.level" />
          </dt>
          <dd>
            <Label group="level" code={now.level} />
          </dd>
        </div>
        {zone === null ? null : (
          <>
            <div>
              <dt>
                <Zone id={zone.zone_id} />
              </dt>
              <dd>
                <Quantity value={kilometres(zone.distance_m ?? 0)} unit="unit.km" />
              </dd>
            </div>
            <div>
              <dt>
                <Say it="track.timeLeft" />
              </dt>
              <dd>{zone.time_to_impact_s === null ? "–" : <Countdown leftS={zone.time_to_impact_s} atMs={store.state.tMs} />}</dd>
            </div>
          </>
        )}
        <div>
          <dt>
            <Say it="quantity.hostility" />
          </dt>
          <dd>
            <Quantity value={(now.hostility * 100).toFixed(0)} unit="unit.percent" />
          </dd>
        </div>
      </dl>
      {against.length === 0 ? null : (
        <>
          <h4>
            <Say it="lower.against" />
          </h4>
          <ul className="against">
            {against.map((reason) => (
              <li key={reason.code}>
                <Because reason={reason} />
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

interface HostileProperties {
  isOpen: boolean;
  flights: Flight[];
  onConfirm: () => Promise<boolean>;
  onClose: () => void;
}

/** Before a declared flight is called hostile: whose it is, and whom to ask. */
function HostileDialog({ isOpen, flights, onConfirm, onClose }: HostileProperties): ReactNode {
  const [busy, setBusy] = useState(false);
  const confirm = async (): Promise<void> => {
    setBusy(true);
    if (await onConfirm()) onClose();
    setBusy(false);
  };
  return (
    <ChoiceDialog isOpen={isOpen} onClose={onClose} title={<Say it="hostile.title" />}>
      <p>
        <Say it="hostile.couldBe" />
      </p>
      <ul className="owners">
        {flights.map((flight) => (
          <li key={flight.flight_id}>
            <FlightWords flight={flight} />
          </li>
        ))}
      </ul>
      <div className="buttons">
        <Button className="primary" autoFocus onPress={onClose}>
          <Say it="action.cancel" />
        </Button>
        <Button isDisabled={busy} onPress={() => void confirm()}>
          <Say it="hostile.allTheSame" />
        </Button>
      </div>
    </ChoiceDialog>
  );
}

/** A flight with its owner and phone. */
export function FlightWords({ flight }: { flight: Flight }): ReactNode {
  return (
    <>
      <strong>
        <bdi>{flight.name}</bdi>
      </strong>
      {flight.operator === "" ? null : (
        <>
          {" · "}
          <bdi>{flight.operator}</bdi>
        </>
      )}
      {flight.phone === "" ? null : (
        <>
          {" · "}
          <bdi className="number" dir="ltr">
            {flight.phone}
          </bdi>
        </>
      )}
    </>
  );
}
