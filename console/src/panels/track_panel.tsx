/** One track: what it is, where it goes, and why it is judged so. */
import { type ReactNode, useEffect, useState } from "react";
import { useConsole } from "../context";
import { age, bearing, clock, height, kilometres, known, signed, whole } from "../i18n/numbers";
import { api } from "../link/api";
import { symbolAddress } from "../map/symbols";
import { Countdown } from "../parts/countdown";
import { LevelMark } from "../parts/level_mark";
import { SquawkChip } from "../parts/squawk_chip";
import { Because, Label, Quantity, Say, useCalled, usePlain, Zone } from "../parts/words";
import type { Column } from "../picture/state";
import { store, useSlice } from "../picture/store";
import type { Reason, Track, TrackDetail, ZoneThreat } from "../wire";
import { IdentityButtons } from "./identity";
import { OwnerSection } from "./owner";

const REFRESH_MS = 2000;
const FULL_BAR_DECIBANS = 20;
const IDENTITIES = ["hostile", "suspect", "unknown", "neutral", "friend"] as const;

export function TrackPanel(): ReactNode {
  const { selected } = useConsole();
  useSlice("tracks");
  const track = selected === null ? undefined : store.state.tracks.get(selected);
  const { detail, atMs } = useDetail(selected, track);
  if (selected === null) {
    return (
      <p className="empty">
        <Say it="track.pick" />
      </p>
    );
  }
  if (track === undefined) {
    return (
      <p className="empty">
        <Say it="track.gone" />
      </p>
    );
  }
  return (
    <div className="track" data-track={track.track_id}>
      <TrackHead track={track} />
      <IdentityButtons key={track.track_id} track={track} detail={detail} identities={IDENTITIES} />
      <Motion trackId={track.track_id} firstMs={track.first_t_ms} hostility={track.hostility} />
      {detail === null ? (
        <p className="muted">
          <Say it="track.loadingReasons" />
        </p>
      ) : (
        <>
          <Zones zones={detail.zones} atMs={atMs} />
          <OwnerSection key={track.track_id} track={track} detail={detail} />
          <Why detail={detail} />
          <Classes probabilities={detail.class_probability} />
          <Sources ids={detail.sensor_ids} />
        </>
      )}
    </div>
  );
}

/** The reasons, and when they held: those of dangerous tracks come with the picture, others are asked for. */
function useDetail(trackId: number | null, track: Track | undefined): { detail: TrackDetail | null; atMs: number } {
  const [asked, setAsked] = useState<{ trackId: number; detail: TrackDetail | null; atMs: number } | null>(null);
  const missing = track !== undefined && track.detail === null;
  useEffect(() => {
    if (trackId === null || !missing) return;
    let left = false;
    const ask = (): void => {
      api.track(trackId).then(
        (report) => {
          if (!left) setAsked({ trackId, detail: report.track.detail, atMs: report.t_ms });
        },
        () => undefined, // the track has just ended: the panel says so itself
      );
    };
    ask();
    const timer = window.setInterval(ask, REFRESH_MS);
    return () => {
      left = true;
      window.clearInterval(timer);
    };
  }, [trackId, missing]);
  if (track?.detail) return { detail: track.detail, atMs: store.state.tMs };
  return asked?.trackId === trackId ? asked : { detail: null, atMs: 0 };
}

function TrackHead({ track }: { track: Track }): ReactNode {
  const say = usePlain();
  return (
    <>
      <div className="track-head" data-level={track.level}>
        <img src={symbolAddress(track.identity, track.class_name, track.spoofed)} alt="" className="symbol" />
        <div>
          <h3 dir="auto">{track.name || say("track.number", { id: track.track_id })}</h3>
          <p>
            <Label group="identity" code={track.identity} /> · <Label group="class" code={track.class_name} />
            {track.name ? (
              <>
                {" "}
                <bdi className="muted">{`#${track.track_id}`}</bdi>
              </>
            ) : null}
          </p>
        </div>
        <LevelMark level={track.level} />
      </div>
      <Claimed track={track} />
    </>
  );
}

/** What the object says of itself, beside where it is. */
function Claimed({ track }: { track: Track }): ReactNode {
  const { claim } = track;
  if (claim === null) return null;
  const flags = [
    claim.alert ? ("claim.changed" as const) : null,
    claim.ident ? ("claim.ident" as const) : null,
    claim.on_ground ? ("claim.onGround" as const) : null,
    claim.source === "multilateration" ? ("claim.source.multilateration" as const) : null,
    claim.source === "relayed" ? ("claim.source.relayed" as const) : null,
    track.spoofed ? ("claim.spoofed" as const) : null,
  ].filter((key) => key !== null);
  const integrity = claim.navigation_integrity;
  return (
    <p className="chips claimed">
      <bdi dir="ltr">{claim.identifier}</bdi>
      <SquawkChip claim={claim} />
      {claim.category === "" ? null : <bdi dir="ltr">{claim.category}</bdi>}
      {integrity === null ? null : <bdi dir="ltr">{`NIC ${integrity}`}</bdi>}
      {flags.map((key) => (
        <span key={key} data-claim={key}>
          <Say it={key} />
        </span>
      ))}
    </p>
  );
}

function Motion({ trackId, firstMs, hostility }: { trackId: number; firstMs: number; hostility: number }): ReactNode {
  const { site } = useConsole();
  const value = (column: Column): number | undefined => store.state.motion.value(trackId, column);
  const lastMs = value("last_t_ms");
  return (
    <dl className="facts">
      <Fact it="quantity.range" value={known(value("range_m"), kilometres)} unit="unit.km" />
      <Fact it="quantity.bearing" value={known(value("bearing_deg"), bearing)} />
      <Fact it="quantity.height" value={height(value("up_m"), value("up_sigma_m"))} unit="unit.m" />
      <Fact it="quantity.aboveGround" value={known(value("above_ground_m"), whole)} unit="unit.m" />
      <Fact it="quantity.aboveSea" value={known(value("above_sea_m"), whole)} unit="unit.m" />
      <Fact it="quantity.speed" value={known(value("speed_mps"), whole)} unit="unit.mps" />
      <Fact it="quantity.course" value={known(value("course_deg"), bearing)} />
      <Fact it="quantity.climb" value={known(value("climb_mps"), signed)} unit="unit.mps" />
      <Fact it="quantity.accuracy" value={`± ${known(value("semi_major_m"), whole)}`} unit="unit.m" />
      <Fact it="quantity.age" {...(lastMs === undefined ? { value: known(lastMs, whole) } : seen((store.nowMs() - lastMs) / 1000))} />
      <Fact it="quantity.first" value={clock(firstMs, site.utc_offset_s)} />
      <Fact it="quantity.existence" value={known(value("existence"), (share) => (share * 100).toFixed(0))} unit="unit.percent" />
      <Fact it="quantity.hostility" value={(hostility * 100).toFixed(0)} unit="unit.percent" />
    </dl>
  );
}

function seen(ageS: number): { value: string; unit: "unit.s" | "unit.min" | "unit.h" } {
  const { count, unit } = age(ageS);
  return { value: String(count), unit: `unit.${unit}` };
}

function Fact({ it, value, unit }: { it: Parameters<typeof Say>[0]["it"]; value: string; unit?: Parameters<typeof Say>[0]["it"] }): ReactNode {
  return (
    <div>
      <dt>
        <Say it={it} />
      </dt>
      <dd>
        <Quantity value={value} unit={unit} />
      </dd>
    </div>
  );
}

function Zones({ zones, atMs }: { zones: ZoneThreat[]; atMs: number }): ReactNode {
  if (zones.length === 0) return null;
  return (
    <table className="zones">
      <thead>
        <tr>
          <th scope="col">
            <Say it="track.zone" />
          </th>
          <th scope="col">
            <Say it="track.timeLeft" />
          </th>
          <th scope="col">
            <Say it="track.miss" />
          </th>
          <th scope="col">
            <Say it="track.hit" />
          </th>
        </tr>
      </thead>
      <tbody>
        {zones.map((zone) => (
          <tr key={zone.zone_id} data-level={zone.level}>
            <th scope="row">
              <Zone id={zone.zone_id} />
            </th>
            <td>
              {zone.time_to_impact_s === null ? "–" : <Countdown leftS={zone.time_to_impact_s} atMs={atMs} />}
            </td>
            <td>{zone.closest_approach_m === null ? "–" : <Quantity value={kilometres(zone.closest_approach_m)} unit="unit.km" />}</td>
            <td>{zone.hit_probability === null ? "–" : <Quantity value={(zone.hit_probability * 100).toFixed(0)} unit="unit.percent" />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Why({ detail }: { detail: TrackDetail }): ReactNode {
  const evidence = [...detail.evidence].sort((a, b) => Math.abs(b.decibans ?? 0) - Math.abs(a.decibans ?? 0));
  return (
    <section className="why">
      <h4>
        <Say it="track.rule" />
      </h4>
      <p className="rule">
        <Because reason={detail.rule} />
      </p>
      {detail.counterfactual === null ? null : (
        <>
          <h4>
            <Say it="track.counterfactual" />
          </h4>
          <p>
            <Because reason={detail.counterfactual} />
          </p>
        </>
      )}
      <h4>
        <Say it="track.why" />
        <span className="sum">
          <Say it="track.sum" /> <Quantity value={signed(detail.decibans)} unit="unit.decibans" />
        </span>
      </h4>
      <Limited sum={detail.decibans} evidence={evidence} />
      <p className="bar-legend muted">
        <span>
          <Say it="track.against" />
        </span>
        <span>
          <Say it="track.for" />
        </span>
      </p>
      <ul className="evidence">
        {evidence.map((reason) => (
          <Evidence key={reason.code} reason={reason} />
        ))}
      </ul>
    </section>
  );
}

const ROUNDING_DECIBANS = 0.5;

/** Where the whole is limited, the parts add up to more than the sum: both figures are said. */
function Limited({ sum, evidence }: { sum: number; evidence: Reason[] }): ReactNode {
  const parts = evidence.reduce((total, reason) => total + (reason.decibans ?? 0), 0);
  if (Math.abs(parts - sum) <= ROUNDING_DECIBANS) return null;
  return (
    <p className="muted limited">
      <Say it="track.limited" parts={signed(parts)} limit={signed(sum)} />
    </p>
  );
}

function Evidence({ reason }: { reason: Reason }): ReactNode {
  const weight = reason.decibans ?? 0;
  const share = Math.min(1, Math.abs(weight) / FULL_BAR_DECIBANS) * 50;
  return (
    <li>
      <span className="sentence">
        <Because reason={reason} />
      </span>
      {reason.decibans === null ? null : (
        <>
          <bdi className="number" dir="ltr">
            {signed(weight)}
          </bdi>
          <span className="bar" aria-hidden="true">
            <i
              data-for={weight > 0}
              style={weight > 0 ? { insetInlineStart: "50%", inlineSize: `${share}%` } : { insetInlineEnd: "50%", inlineSize: `${share}%` }}
            />
          </span>
        </>
      )}
    </li>
  );
}

function Classes({ probabilities }: { probabilities: TrackDetail["class_probability"] }): ReactNode {
  const likely = Object.entries(probabilities)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 3);
  return (
    <section>
      <h4>
        <Say it="track.classes" />
      </h4>
      <ul className="classes">
        {likely.map(([name, probability]) => (
          <li key={name}>
            <span>
              <Label group="class" code={name} />
            </span>
            <Quantity value={(probability * 100).toFixed(0)} unit="unit.percent" />
            <span className="bar" aria-hidden="true">
              <i style={{ insetInlineStart: 0, inlineSize: `${probability * 100}%` }} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Sources({ ids }: { ids: string[] }): ReactNode {
  const called = useCalled();
  if (ids.length === 0) return null;
  return (
    <section>
      <h4>
        <Say it="track.sensors" />
      </h4>
      <p className="chips">
        {ids.map((id) => (
          <bdi key={id}>{called(store.state.sensors.find((sensor) => sensor.sensor_id === id)?.name ?? id)}</bdi>
        ))}
      </p>
    </section>
  );
}
