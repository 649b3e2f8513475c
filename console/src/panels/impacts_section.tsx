/** Where things came down, beside where they were predicted to; and a form for who has seen or found one. */
import { type FormEvent, type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { clock, whole } from "../i18n/numbers";
import { ChoiceDialog } from "../parts/choice_dialog";
import { ReasonForm } from "../parts/reason_form";
import { NotYours } from "../parts/permitted";
import type { Key } from "../i18n/wording";
import { Say, useCalled, usePlain } from "../parts/words";
import { atTime, isPlace } from "../picture/entered";
import { usePointed } from "../picture/pointed";
import { useSlice } from "../picture/store";
import type { ActualImpact, Incident, IncidentObject } from "../wire";

const NOTE_MAX = 200;

export function Impacts({ incident, acting }: { incident: Incident; acting: boolean }): ReactNode {
  const predicted = incident.objects.filter(({ predicted_t_ms }) => predicted_t_ms !== null);
  if (predicted.length === 0 && incident.impacts.length === 0) return null;
  return (
    <section className="impacts">
      <h4>
        <Say it="impacts.title" />
      </h4>
      <ul>
        {incident.impacts.map((one) => (
          <Fallen key={`${one.entered_t_ms} ${one.t_ms}`} one={one} acting={acting} />
        ))}
      </ul>
      {incident.impacts.length === 0 ? (
        <p className="muted">
          <Say it="impacts.none" />
        </p>
      ) : null}
      {acting ? <Entry predicted={predicted} /> : <NotYours it="document" />}
    </section>
  );
}

function Fallen({ one, acting }: { one: ActualImpact; acting: boolean }): ReactNode {
  const { act, site } = useConsole();
  const [asking, setAsking] = useState(false);
  const takeBack = (reason: string): Promise<boolean> =>
    act({ action: "take_back_impact", t_ns: Math.round(one.t_ms) * 1_000_000, track_id: one.track_id ?? 0, reason });
  const called = useCalled();
  return (
    <li data-track={one.track_id ?? ""}>
      <bdi className="number" dir="ltr">
        {clock(one.t_ms, site.utc_offset_s)}
      </bdi>{" "}
      {one.track_id === null ? <Say it="impacts.ofNone" /> : <bdi>{`#${one.track_id}`}</bdi>}
      {one.apart_m === null ? null : (
        <>
          {" · "}
          <Say it="impacts.apart" metres={whole(one.apart_m)} />
        </>
      )}
      {" · "}
      <Say it="impacts.by" name={called(one.by)} />
      {one.note === "" ? null : (
        <>
          {" · "}
          <bdi dir="auto">{one.note}</bdi>
        </>
      )}{" "}
      {acting ? (
        <button type="button" className="link" onClick={() => setAsking(true)}>
          <Say it="impacts.takeBack" />
          {" …"}
        </button>
      ) : null}
      <ChoiceDialog isOpen={asking} onClose={() => setAsking(false)} title={<Say it="impacts.takeBackTitle" />}>
        <ReasonForm label="impacts.takeBackReason" doIt="impacts.takeBack" onDo={takeBack} onClose={() => setAsking(false)}>
          <p>
            <Say it="impacts.takeBackWords" at={clock(one.t_ms, site.utc_offset_s)} />
          </p>
        </ReasonForm>
      </ChoiceDialog>
    </li>
  );
}

/** Latitude and longitude as they are read from a receiver, or taken from a click on the map; when, by the site's clock. */
function Entry({ predicted }: { predicted: IncidentObject[] }): ReactNode {
  const { act, site } = useConsole();
  const store = useSlice("clock");
  const say = usePlain();
  const pointed = usePointed();
  const [track, setTrack] = useState(0);
  const [latitude, setLatitude] = useState("");
  const [longitude, setLongitude] = useState("");
  const [time, setTime] = useState("");
  const [note, setNote] = useState("");
  const tMs = atTime(time, store.nowMs(), site.utc_offset_s);
  const ready = isPlace(latitude, longitude) && tMs !== null;
  const choose = (trackId: number): void => {
    setTrack(trackId);
    const item = predicted.find(({ track_ids }) => track_ids.includes(trackId));
    if (item?.predicted_t_ms) setTime(clock(item.predicted_t_ms, site.utc_offset_s));
  };
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (!ready) return;
    const done = await act({
      action: "record_impact",
      latitude_deg: Number(latitude),
      longitude_deg: Number(longitude),
      t_ns: tMs * 1_000_000,
      track_id: track,
      alarm_id: "",
      note: note.trim(),
    });
    if (!done) return;
    setLatitude("");
    setLongitude("");
    setNote("");
  };
  return (
    <form className="impact-entry" onSubmit={(event) => void send(event)}>
      <select aria-label={say("impacts.which")} value={track} onChange={(event) => choose(Number(event.target.value))}>
        <option value={0}>{say("impacts.nearest")}</option>
        {predicted.map(({ track_ids, predicted_t_ms }) => (
          <option key={track_ids.at(-1)} value={track_ids.at(-1)}>
            {`#${track_ids.at(-1)} · ${clock(predicted_t_ms ?? 0, site.utc_offset_s)}`}
          </option>
        ))}
      </select>
      <Named it="impacts.latitude">
        <input dir="ltr" inputMode="decimal" aria-label={say("impacts.latitude")} value={latitude} onChange={(event) => setLatitude(event.target.value)} />
      </Named>
      <Named it="impacts.longitude">
        <input dir="ltr" inputMode="decimal" aria-label={say("impacts.longitude")} value={longitude} onChange={(event) => setLongitude(event.target.value)} />
      </Named>
      <Button
        className="small"
        isDisabled={pointed === null}
        onPress={() => {
          if (pointed === null) return;
          setLongitude(pointed[0].toFixed(5));
          setLatitude(pointed[1].toFixed(5));
        }}
      >
        <Say it="impacts.fromMap" />
      </Button>
      <Named it="impacts.time">
        <input dir="ltr" aria-label={say("impacts.time")} value={time} onChange={(event) => setTime(event.target.value)} />
      </Named>
      <Named it="impacts.note">
        <input dir="auto" maxLength={NOTE_MAX} aria-label={say("impacts.note")} value={note} onChange={(event) => setNote(event.target.value)} />
      </Named>
      <Button type="submit" isDisabled={!ready}>
        <Say it="impacts.enter" />
      </Button>
    </form>
  );
}

/** A field under its name, whole: within a narrow field a name is cut. */
function Named({ it, children }: { it: Key; children: ReactNode }): ReactNode {
  return (
    <label>
      <Say it={it} />
      {children}
    </label>
  );
}
