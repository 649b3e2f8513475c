/** What falls, in words on the map: how likely each zone is hit and when, and which ground is to be kept free. */
import type { Marker } from "maplibre-gl";
import { timeLeft } from "../i18n/numbers";
import { type Language, template } from "../i18n/wording";
import { fallsOf, percent } from "../picture/falls";
import type { PictureState } from "../picture/state";
import { moved, type Point } from "./geometry";

type Mark = (className: string, text: string, at: Point) => Marker;

export class FallMarkers {
  areas: Marker[] = [];
  private shown = "";

  /** Say at the name of each zone, in the order of the site's, what it is at risk of; whether any size has changed. */
  risks(names: Marker[], zoneIds: string[], state: PictureState, nowMs: number): boolean {
    const risks = new Map(fallsOf(state.impacts, nowMs).zones.map((risk) => [risk.zoneId, risk]));
    let changed = false;
    names.forEach((marker, place) => {
      const { dataset } = marker.getElement();
      const risk = risks.get(zoneIds[place]);
      const text = risk === undefined ? "" : percent(risk.probability) + (risk.soonestMs === null ? "" : ` · ${timeLeft((risk.soonestMs - nowMs) / 1000)}`);
      if ((dataset.risk ?? "") === text) return;
      changed ||= (dataset.risk ?? "") === "" || text === "";
      if (text === "") delete dataset.risk;
      else dataset.risk = text;
    });
    return changed;
  }

  /** The ground to keep away from; made anew, and true, where it or the language has changed. */
  keepOuts(state: PictureState, language: Language, mark: Mark): boolean {
    const key = language + JSON.stringify(state.keepOuts.map(({ place, semi_minor_m }) => [place, semi_minor_m]));
    if (key === this.shown) return false;
    this.shown = key;
    this.areas.forEach((marker) => marker.remove());
    this.areas = state.keepOuts.map((area) =>
      mark("keep-out-label", template(language, "falls.debris"), moved([area.place.longitude_deg, area.place.latitude_deg], 0, -1.3 * area.semi_major_m)),
    );
    return true;
  }
}
