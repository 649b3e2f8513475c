/** Hosts the map; the map itself knows nothing of React. */
import { type ReactNode, useEffect, useRef, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import type { AirMap } from "../map/air_map";
import { Say, usePlain } from "../parts/words";
import { store } from "../picture/store";
import { usePreferences } from "../preferences";
import { BlockedSound, StaleNotice } from "./strips";

declare global {
  interface Window {
    /** For measuring: script time of the newest map frames, ms. */
    marsadFrames?: number[];
  }
}

export function MapPane({ homeCount }: { homeCount: number }): ReactNode {
  const { site, selected, select } = useConsole();
  const { theme, language } = usePreferences();
  const host = useRef<HTMLDivElement>(null);
  const [map, setMap] = useState<AirMap | null>(null);
  const say = usePlain();
  const choices = { theme, language, selected, onSelect: select };
  const first = useRef(choices);

  useEffect(() => {
    let made: AirMap | null = null;
    let left = false;
    void import("../map/air_map").then(({ AirMap: Made }) => {
      if (left || host.current === null) return;
      made = new Made(host.current, store, site, first.current);
      window.marsadFrames = made.frames;
      setMap(made);
    });
    return () => {
      left = true;
      made?.dispose();
    };
  }, [site]);

  useEffect(() => map?.choose({ theme, language, selected, onSelect: select }), [map, theme, language, selected, select]);
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
      <Button className="home small" onPress={() => map?.home()}>
        <Say it="map.home" />
      </Button>
      <div className="over-map">
        <StaleNotice />
        <BlockedSound />
      </div>
    </section>
  );
}
