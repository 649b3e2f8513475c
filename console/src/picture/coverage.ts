/** What the sensors see: asked of the server again whenever one of them lives, dies or moves. */
import { useEffect, useState } from "react";
import { api } from "../link/api";
import type { ThreatKind } from "../threats";
import type { CoverageMap, Sensor } from "../wire";
import { useSlice } from "./store";

const SETTLED_MS = 400; // several that fall silent together are one question
const AGAIN_MS = 5000;
const PLACES = 4; // decimals of a degree: ten metres
const DEAF: Sensor["health"][] = ["lost", "gone", "refused"];

/** While this stays, so does what they see. */
export function coverageKey(sensors: Sensor[]): string {
  return JSON.stringify(
    sensors.map(({ sensor_id, place, coverage, health, last_t_ms }) => {
      const deaf = DEAF.includes(health);
      const at = place === null ? null : [place.latitude_deg.toFixed(PLACES), place.longitude_deg.toFixed(PLACES)];
      return [sensor_id, at, coverage, deaf, deaf ? last_t_ms : 0];
    }),
  );
}

/** What they see of a kind of intruder, by default of the site's own; null until it is known. */
export function useCoverage(threat: ThreatKind | null, wanted = true): CoverageMap | null {
  const { sensors } = useSlice("sensors").state;
  const key = wanted && sensors.length > 0 ? coverageKey(sensors) : "";
  const [found, setFound] = useState<CoverageMap | null>(null);
  useEffect(() => {
    if (key === "") return setFound(null);
    let timer = 0;
    let current = true;
    const ask = (): void => {
      api.coverage(threat).then(
        (map) => current && setFound(map),
        () => {
          if (current) timer = window.setTimeout(ask, AGAIN_MS);
        },
      );
    };
    timer = window.setTimeout(ask, SETTLED_MS);
    return () => {
      current = false;
      window.clearTimeout(timer);
    };
  }, [key, threat]);
  return found;
}

/** The least seconds of warning around each of the places where a figure stands. */
export function figures(seconds: number[], places: number): number[] {
  const width = seconds.length / places;
  return Array.from({ length: places }, (_, place) => {
    const around = Array.from({ length: width }, (_, step) => seconds[(place * width + step - Math.floor(width / 2) + seconds.length) % seconds.length]);
    return Math.min(...around);
  });
}

/** Of four steps, how good so many seconds are beside those that are wanted. */
export function stepOf(seconds: number, wanted: number): 0 | 1 | 2 | 3 {
  return seconds < wanted / 2 ? 0 : seconds < wanted ? 1 : seconds < 2 * wanted ? 2 : 3;
}

export const bearing = (deg: number): string => `${String(Math.round(deg) % 360).padStart(3, "0")}°`;
