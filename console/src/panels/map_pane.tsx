/** Hosts the map; the map itself knows nothing of React. */
import { type ReactNode, useEffect, useMemo, useRef, useState } from "react";
import { Button, ToggleButton } from "react-aria-components";
import { useConsole } from "../context";
import type { AirMap } from "../map/air_map";
import { Say, usePlain } from "../parts/words";
import { useCoverage } from "../picture/coverage";
import { store } from "../picture/store";
import { choose, usePreferences } from "../preferences";
import { CoveragePanel, levelOf } from "./coverage_panel";
import { FallsBox } from "./falls_box";
import { BlockedSound, StaleNotice } from "./strips";

declare global {
  interface Window {
    /** For measuring: script time of the newest map frames, ms. */
    marsadFrames?: number[];
  }
}

export function MapPane({ homeCount }: { homeCount: number }): ReactNode {
  const { site, selected, select } = useConsole();
  const { theme, language, procedures, coverage, coverageThreat, coverageLevel } = usePreferences();
  const seenMap = useCoverage(coverageThreat, coverage);
  const seen = useMemo(() => (seenMap === null ? null : { map: seenMap, level: levelOf(seenMap, coverageLevel) }), [seenMap, coverageLevel]);
  const fits = useRef(false); // the layer was switched on by hand: show all of it
  const host = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<AirMap | null>(null);
  const [missing, setMissing] = useState(false);
  const say = usePlain();
  const choices = { theme, language, procedures, seen, selected, onSelect: select };
  const first = useRef(choices);

  useEffect(() => {
    let made: AirMap | null = null;
    let left = false;
    const make = async (): Promise<void> => {
      const { AirMap: Made } = await import("../map/air_map");
      if (left || host.current === null) return;
      made = new Made(host.current, store, site, first.current);
      window.marsadFrames = made.frames;
      setMap(made);
    };
    make().catch(() => {
      host.current?.replaceChildren(); // half a map may be there
      setMissing(true);
    });
    return () => {
      left = true;
      made?.dispose();
    };
  }, [site]);

  useEffect(() => map?.choose({ theme, language, procedures, seen, selected, onSelect: select }), [map, theme, language, procedures, seen, selected, select]);
  useEffect(() => {
    if (seen === null || map === null || !fits.current) return;
    fits.current = false;
    map.showSeen();
  }, [map, seen]);
  useEffect(() => {
    if (selected === null) map?.back();
    else map?.show(selected);
  }, [map, selected]);
  useEffect(() => {
    if (homeCount > 0) map?.home();
  }, [map, homeCount]);

  return (
    <section className="map-pane" aria-label={say("map.region")}>
      <div className="map" ref={host} dir="ltr" />
      <div className="map-tools">
        <Button className="home small" onPress={() => map?.home()}>
          <Say it="map.home" />
        </Button>
        {site.procedures.length === 0 ? null : (
          <ToggleButton className="procedures small" isSelected={procedures} onChange={(shown) => choose({ procedures: shown })}>
            <Say it="map.procedures" />
          </ToggleButton>
        )}
        <ToggleButton
          className="small"
          isSelected={coverage}
          onChange={(shown) => {
            fits.current = shown;
            choose({ coverage: shown });
          }}
        >
          <Say it="map.coverage" />
        </ToggleButton>
      </div>
      {coverage ? <CoveragePanel map={seenMap} /> : null}
      <FallsBox />
      <div className="over-map">
        <StaleNotice />
        {missing ? (
          <p className="missing-map" role="status">
            <Say it="map.missing" />
          </p>
        ) : null}
        <BlockedSound />
      </div>
    </section>
  );
}
