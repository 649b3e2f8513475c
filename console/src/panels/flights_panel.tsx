/** The declared flights: who may fly, where, until when; declared by hand or from a file. */
import { type ReactNode, useState } from "react";
import { Button, FileTrigger } from "react-aria-components";
import { useConsole } from "../context";
import { clock, date } from "../i18n/numbers";
import { api, Refused } from "../link/api";
import { NotYours } from "../parts/permitted";
import { Counted, Label, Say, usePlain } from "../parts/words";
import { store, useSlice } from "../picture/store";
import type { Flight } from "../wire";
import { DeclareDialog } from "./declare_dialog";
import { FlightWords } from "./identity";

const ORDER: Record<Flight["state"], number> = { active: 0, declared: 1, ended: 2, cancelled: 3 };
const FILES = [".csv", ".json", ".geojson", "text/csv", "application/json"];

export function FlightsPanel(): ReactNode {
  const { state } = useSlice("flights");
  const { may } = useConsole();
  const [declaring, setDeclaring] = useState(false);
  const flights = [...state.flights].sort((a, b) => ORDER[a.state] - ORDER[b.state] || (a.until_t_ms ?? Infinity) - (b.until_t_ms ?? Infinity));
  return (
    <div className="flights">
      <NotYours it="flights" />
      {may("flights") ? (
        <div className="buttons">
          <Button className="primary" onPress={() => setDeclaring(true)}>
            <Say it="flights.declare" />
          </Button>
          <FromFile />
        </div>
      ) : null}
      {flights.length === 0 ? (
        <p className="empty">
          <Say it="flights.none" />
        </p>
      ) : (
        <ul className="flight-list">
          {flights.map((flight) => (
            <FlightRow key={flight.flight_id} flight={flight} />
          ))}
        </ul>
      )}
      <DeclareDialog isOpen={declaring} onClose={() => setDeclaring(false)} />
    </div>
  );
}

/** All of a file, or nothing of it: every fault is shown with its line. */
function FromFile(): ReactNode {
  const [told, setTold] = useState<{ taken: number } | { faults: string } | null>(null);
  const take = async (file: File): Promise<void> => {
    try {
      setTold({ taken: (await api.importFlights(file.name, await file.text())).flights });
    } catch (error) {
      setTold({ faults: error instanceof Refused ? error.message : String(error) });
    }
  };
  return (
    <>
      <FileTrigger
        acceptedFileTypes={FILES}
        onSelect={(files) => {
          if (files !== null && files.length > 0) void take(files[0]);
        }}
      >
        <Button>
          <Say it="flights.fromFile" />
        </Button>
      </FileTrigger>
      {told === null ? null : (
        <div className="import" role="status">
          {"taken" in told ? (
            <p>
              <Counted it="flights.imported" count={told.taken} />
            </p>
          ) : (
            <>
              <p className="caution">
                <Say it="flights.refused" />
              </p>
              <pre dir="ltr">{told.faults}</pre>
            </>
          )}
        </div>
      )}
    </>
  );
}

function FlightRow({ flight }: { flight: Flight }): ReactNode {
  const { act, may, select } = useConsole();
  const say = usePlain();
  useSlice("tracks");
  const track = [...store.state.tracks.values()].find((candidate) => candidate.flight?.flight_id === flight.flight_id);
  const over = flight.state === "ended" || flight.state === "cancelled";
  return (
    <li data-flight={flight.flight_id} data-state={flight.state}>
      <p>
        <FlightWords flight={flight} />
      </p>
      <p className="muted">
        <strong>
          <Label group="flightState" code={flight.state} />
        </strong>
        {flight.kind === "" ? null : (
          <>
            {" · "}
            <Label group="class" code={flight.kind} />
          </>
        )}
        {flight.make === "" ? null : (
          <>
            {" · "}
            <bdi>{flight.make}</bdi>
          </>
        )}
        {" · "}
        <Times flight={flight} />
      </p>
      {flight.labels.length === 0 ? null : (
        <p className="chips">
          {flight.labels.map((label) => (
            <bdi key={label} dir="ltr">
              {label}
            </bdi>
          ))}
        </p>
      )}
      {flight.remarks === "" ? null : (
        <p className="muted">
          <bdi>{flight.remarks}</bdi>
        </p>
      )}
      <div className="buttons">
        {track === undefined ? null : (
          <Button className="small" onPress={() => select(track.track_id)}>
            <span>
              <Say it={track.flight?.fits ? "flights.isTrack" : "flights.offPlan"} id={track.track_id} />
            </span>
          </Button>
        )}
        {over || !may("flights") ? null : (
          <Button
            className="small"
            aria-label={say("flights.cancelOf", { name: flight.name })}
            onPress={() => void act({ action: "cancel_flight", flight_id: flight.flight_id })}
          >
            <Say it="flights.cancel" />
          </Button>
        )}
      </div>
    </li>
  );
}

/** From when to when, in the time of the site. */
function Times({ flight }: { flight: Flight }): ReactNode {
  const { site } = useConsole();
  const moment = (tMs: number): string => `${date(tMs, site.utc_offset_s)} ${clock(tMs, site.utc_offset_s).slice(0, 5)}`;
  if (flight.until_t_ms === null) return <Say it="flights.always" />;
  if (flight.from_t_ms === null) return <Say it="flights.until" until={moment(flight.until_t_ms)} />;
  return <Say it="flights.fromUntil" from={moment(flight.from_t_ms)} until={moment(flight.until_t_ms)} />;
}
