/** Which declared flight a track may be, and what its owner says. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { clock } from "../i18n/numbers";
import { Because, Label, Say, useCalled, usePlain } from "../parts/words";
import { endangered } from "../picture/second_look";
import { store, useSlice } from "../picture/store";
import type { Question, Track, TrackDetail } from "../wire";
import { candidatesOf, FlightWords, LowerDialog } from "./identity";

const ANSWERS = ["asked", "ours", "not_ours", "no_answer"] as const;
const SOMEBODY_MAX = 120;

interface Asking {
  flightId: string;
  note: string;
}

export function OwnerSection({ track, detail }: { track: Track; detail: TrackDetail | null }): ReactNode {
  const { act, may } = useConsole();
  const say = usePlain();
  useSlice("flights");
  const [lowering, setLowering] = useState<Asking | null>(null);
  const [somebody, setSomebody] = useState("");
  const flights = candidatesOf(track);
  const send = (answer: Question["answer"], { flightId, note }: Asking): Promise<boolean> =>
    act({ action: "ask_owner", track_id: track.track_id, answer, flight_id: flightId, note });
  const press = (answer: Question["answer"], asking: Asking): void => {
    if (answer === "ours" && endangered(track, detail)) setLowering(asking);
    else void send(answer, asking);
  };
  return (
    <section className="owner">
      <h4>
        <Say it="owner.title" />
      </h4>
      {track.flight !== null && track.flight.flight_id !== "" ? (
        <ul className="flight-reasons" data-fits={track.flight.fits}>
          {track.flight.reasons.map((reason) => (
            <li key={reason.code}>
              <Because reason={reason} />
            </li>
          ))}
        </ul>
      ) : null}
      {track.question === null ? null : <Answered question={track.question} />}
      {flights.length === 0 ? (
        <p className="muted">
          <Say it="owner.none" />
        </p>
      ) : (
        <ul className="owners">
          {flights.map((flight) => (
            <li key={flight.flight_id} data-flight={flight.flight_id}>
              <p>
                <FlightWords flight={flight} />
              </p>
              {may("classify") ? <Answers onPress={(answer) => press(answer, { flightId: flight.flight_id, note: "" })} /> : null}
            </li>
          ))}
        </ul>
      )}
      {may("classify") ? (
        <div className="somebody">
          <input
            dir="auto"
            maxLength={SOMEBODY_MAX}
            aria-label={say("owner.somebody")}
            placeholder={say("owner.somebody")}
            value={somebody}
            onChange={(event) => setSomebody(event.target.value)}
          />
          {somebody.trim() === "" ? null : <Answers onPress={(answer) => press(answer, { flightId: "", note: somebody.trim() })} />}
        </div>
      ) : null}
      <LowerDialog
        isOpen={lowering !== null}
        identity="friend"
        why="owner_confirmed"
        track={track}
        detail={detail}
        onConfirm={() => send("ours", lowering ?? { flightId: "", note: "" })}
        onClose={() => setLowering(null)}
      />
    </section>
  );
}

function Answers({ onPress }: { onPress: (answer: Question["answer"]) => void }): ReactNode {
  return (
    <div className="answers">
      {ANSWERS.map((answer) => (
        <Button key={answer} className="small" data-answer={answer} onPress={() => onPress(answer)}>
          <Label group="answer" code={answer} />
        </Button>
      ))}
    </div>
  );
}

/** The newest word of an owner, and who wrote it down. */
function Answered({ question }: { question: Question }): ReactNode {
  const { site } = useConsole();
  const called = useCalled();
  const flight = store.state.flights.find((candidate) => candidate.flight_id === question.flight_id);
  return (
    <p className="question" data-answer={question.answer}>
      <bdi>{flight?.name ?? question.note}</bdi>
      {": "}
      <strong>
        <Label group="answer" code={question.answer} />
      </strong>{" "}
      <span className="muted">
        <Say it="identity.by" name={called(question.by)} time={clock(question.t_ms, site.utc_offset_s)} />
      </span>
    </p>
  );
}
