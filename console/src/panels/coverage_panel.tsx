/** The key to the layer of coverage: of which intruder, at which height, what the colours mean, the holes by name. */
import type { ReactNode } from "react";
import { labelOf } from "../i18n/wording";
import { Because, Say, usePlain } from "../parts/words";
import { choose, usePreferences } from "../preferences";
import { THREATS, type ThreatKind } from "../threats";
import type { CoverageMap } from "../wire";

const HOLES_MAX = 6;
const STEPS = [0, 1, 2, 3];

export function CoveragePanel({ map }: { map: CoverageMap | null }): ReactNode {
  const { language, coverageThreat, coverageLevel } = usePreferences();
  const say = usePlain();
  return (
    <section className="coverage-panel panel" aria-label={say("coverage.title")}>
      <div className="choices">
        <select
          aria-label={say("coverage.threat")}
          value={map?.threat ?? coverageThreat ?? THREATS[0]}
          onChange={(event) => choose({ coverageThreat: event.target.value as ThreatKind, coverageLevel: 0 })}
        >
          {THREATS.map((one) => (
            <option key={one} value={one}>
              {labelOf(language, "coverage.kind", one)}
            </option>
          ))}
        </select>
        {map === null || map.bands.length < 2 ? null : (
          <select aria-label={say("coverage.height")} value={levelOf(map, coverageLevel)} onChange={(event) => choose({ coverageLevel: Number(event.target.value) })}>
            {map.bands.map((band, level) => (
              <option key={band.height_m} value={level}>
                {say("coverage.atHeight", { height: band.height_m ?? 0 })}
              </option>
            ))}
          </select>
        )}
      </div>
      {map === null ? (
        <p className="muted">
          <Say it="coverage.asked" />
        </p>
      ) : (
        <Key map={map} level={levelOf(map, coverageLevel)} />
      )}
    </section>
  );
}

/** The height that is shown: the one chosen, where there is one of that number. */
export function levelOf(map: CoverageMap, chosen: number): number {
  return chosen < map.bands.length ? chosen : 0;
}

function Key({ map, level }: { map: CoverageMap; level: number }): ReactNode {
  const wanted = map.wanted_s;
  const bounds = ["", wanted / 2, wanted, 2 * wanted];
  return (
    <>
      <ul className="key">
        {map.bands.slice(level, level + 1).map((band) => (
          <li key={band.height_m}>
            <i className="swatch seen" aria-hidden="true" />
            <span>{band.height_m === null ? <Say it="coverage.seenFalling" /> : <Say it="coverage.seenAt" height={band.height_m} />}</span>
          </li>
        ))}
        <li>
          <i className="swatch hole" aria-hidden="true" />
          <span>
            <Say it="coverage.hole" wanted={wanted} />
          </span>
        </li>
      </ul>
      {map.sectors.length === 0 ? null : (
        <>
          <small className="muted">
            <Say it="coverage.seconds" speed={Math.round(map.speed_mps)} />
          </small>
          <div className="steps" dir="ltr" aria-hidden="true">
            {STEPS.map((step) => (
              <span key={step} data-step={step}>
                {bounds[step]}
              </span>
            ))}
          </div>
        </>
      )}
      {map.holes.length === 0 ? (
        <p className="whole">
          <Say it="coverage.whole" wanted={wanted} />
        </p>
      ) : (
        <ul className="holes">
          {map.holes.slice(0, HOLES_MAX).map((hole) => (
            <li key={`${hole.from_deg} ${hole.height_m}`}>
              <Because reason={hole.what} />
            </li>
          ))}
          {map.holes.length > HOLES_MAX ? (
            <li className="muted">
              <Say it="coverage.more" count={map.holes.length - HOLES_MAX} />
            </li>
          ) : null}
        </ul>
      )}
    </>
  );
}
