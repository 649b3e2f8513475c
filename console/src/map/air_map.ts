/** The map: MapLibre for the ground and the site, deck.gl for everything that moves. */
import { MapboxOverlay } from "@deck.gl/mapbox";
import * as maplibregl from "maplibre-gl";
import workerUrl from "maplibre-gl/dist/maplibre-gl-worker.mjs?url";
import "maplibre-gl/dist/maplibre-gl.css";
import { type Key, type Language, template } from "../i18n/wording";
import { point } from "../picture/pointed";
import { zoneStates } from "../picture/ranking";
import type { PictureStore } from "../picture/store";
import type { Sensor, SiteInfo } from "../wire";
import { addWorld, HATCH, type SiteSource, style } from "./base_map";
import { MAP_COLOURS, type Theme } from "./colours";
import { hatch, holeFeatures, namesOf, secondFeatures, type Seen, seenFeatures } from "./seen";
import { drawnFlights, flightFeature, flightLabel } from "./flights";
import { FallMarkers } from "./fall_markers";
import { apart, circle, homeReach, moved, type Point, ringSteps, sector } from "./geometry";
import { type Box, labelPlaces, meets } from "./label_places";
import { TrackLayers } from "./layers";
import { drawnProcedures, namedProcedures, procedureFeature } from "./procedures";
import { Scale } from "./scale";
import { symbolAtlas } from "./symbols";
import { Trails } from "./trails";

maplibregl.setWorkerUrl(workerUrl);

const FRAME_MS = 100; // positions move on ten times a second; panning draws at the display's own rate
const FRAMES_KEPT = 300;
const SHOW_PADDING_PX = 60;
/** What the map library names in English, and what it is called here. */
const PANEL_PX = 310;
const CONTROLS: [string, Key][] = [
  ["maplibregl-ctrl-zoom-in", "map.zoomIn"],
  ["maplibregl-ctrl-zoom-out", "map.zoomOut"],
  ["maplibregl-ctrl-compass", "map.northUp"],
  ["maplibregl-ctrl-attrib-button", "map.credits"],
];

export interface MapChoices {
  theme: Theme;
  language: Language;
  procedures: boolean;
  seen: Seen | null;
  selected: number | null;
  onSelect: (trackId: number | null) => void;
}

/** Owns the map's canvas and timers until disposed. */
export class AirMap {
  /** Script time of the newest frames, ms: what the 8 ms budget is held against. */
  readonly frames: number[] = [];
  private readonly map: maplibregl.Map;
  private readonly overlay: MapboxOverlay;
  private readonly layers: TrackLayers;
  private readonly scale: Scale;
  private readonly site: Point;
  private readonly disposers: (() => void)[] = [];
  private markers: maplibregl.Marker[] = [];
  private ringMarkers: maplibregl.Marker[] = [];
  private procedureMarkers: maplibregl.Marker[] = [];
  private flightMarkers: maplibregl.Marker[] = [];
  private seenMarkers: maplibregl.Marker[] = [];
  private readonly falls = new FallMarkers();
  private ringStep = 0;
  private readonly spots = new Map<number, number>(); // where the label of each zone stood last
  private shownZones = "";
  private shownSensors = "";
  private shownFlights = "";
  private timer = 0;
  private ready = false;
  /** The view to go back to once nothing is chosen: where the map stood before it moved by itself. */
  private former: { center: maplibregl.LngLat; zoom: number } | null = null;

  constructor(
    container: HTMLElement,
    private readonly store: PictureStore,
    private readonly info: SiteInfo,
    private choices: MapChoices,
  ) {
    this.site = [info.longitude_deg, info.latitude_deg];
    this.map = new maplibregl.Map({
      container,
      style: style(MAP_COLOURS[choices.theme], info.base_map),
      center: this.site,
      zoom: 11,
      attributionControl: { compact: true },
      dragRotate: true,
      maxPitch: 0,
      fadeDuration: 0,
    });
    this.map.addControl(new maplibregl.NavigationControl({ visualizePitch: false }), "bottom-right");
    this.scale = new Scale(() => this.metresPerPixel(), choices.language);
    this.map.addControl(this.scale, "bottom-left");
    this.nameControls();
    this.layers = new TrackLayers(store, symbolAtlas(), new Trails());
    this.overlay = new MapboxOverlay({
      interleaved: false,
      layers: [],
      pickingRadius: 8,
      onClick: (picked) => {
        if (picked.coordinate !== undefined) point([picked.coordinate[0], picked.coordinate[1]]);
        this.choices.onSelect(this.layers.trackAt(picked.layer?.id, picked.index));
      },
      getCursor: ({ isHovering }) => (isHovering ? "pointer" : "grab"),
    });
    this.map.addControl(this.overlay);
    this.map.on("load", () => this.onReady());
    this.map.on("moveend", () => this.drawRings());
    this.map.on("move", () => this.placeLabels());
    this.map.on("movestart", (event) => {
      if (event.originalEvent) this.former = null; // a person moves it
    });
  }

  choose(choices: MapChoices): void {
    const before = this.choices;
    this.choices = choices;
    if (!this.ready) return;
    if (before.theme !== choices.theme) {
      if (this.map.hasImage(HATCH)) this.map.removeImage(HATCH);
      this.map.setStyle(style(MAP_COLOURS[choices.theme], this.info.base_map), { diff: false });
      void this.map.once("styledata", () => this.fillSources());
    }
    if (before.language !== choices.language) {
      this.scale.speak(choices.language);
      this.nameControls();
      this.nameZones();
      this.shownFlights = "";
      this.drawFlights();
      this.ringStep = 0;
      this.drawRings();
    }
    if (before.language !== choices.language || before.procedures !== choices.procedures) this.drawProcedures();
    if (before.language !== choices.language || before.seen?.map !== choices.seen?.map || before.seen?.level !== choices.seen?.level) this.drawSeen();
    this.draw();
  }

  /** Bring a track into view beside the site's zones: the map zooms out, it does not leave the site. */
  show(trackId: number): void {
    const row = this.store.state.motion.row(trackId);
    if (row === undefined) return;
    const { longitude_deg, latitude_deg } = this.store.state.motion.columns;
    const at: Point = [longitude_deg[row], latitude_deg[row]];
    if (this.map.getBounds().contains(at)) return;
    this.former ??= { center: this.map.getCenter(), zoom: this.map.getZoom() };
    this.map.fitBounds(this.zoneBounds().extend(at), { padding: SHOW_PADDING_PX, duration: 400 });
  }

  /** Back to the view from before a track was brought into it, unless a person has moved the map since. */
  back(): void {
    if (this.former === null) return;
    this.map.easeTo({ ...this.former, duration: 300 });
    this.former = null;
  }

  /** Back to the site with all of its zones and the rings around them. */
  home(): void {
    this.former = null;
    this.map.fitBounds(this.homeBounds(), { padding: 24, duration: 300 });
  }

  dispose(): void {
    window.clearTimeout(this.timer);
    this.disposers.forEach((dispose) => dispose());
    this.map.remove();
  }

  private onReady(): void {
    this.ready = true;
    this.map.fitBounds(this.homeBounds(), { padding: 24, duration: 0 });
    this.fillSources();
    this.nameZones();
    this.disposers.push(
      this.store.subscribe("alarms", () => this.drawZones()),
      this.store.subscribe("sensors", () => this.drawCoverage()),
      this.store.subscribe("flights", () => this.drawFlights()),
    );
    this.loop();
  }

  private fillSources(): void {
    void addWorld(this.map);
    this.shownZones = "";
    this.shownSensors = "";
    this.shownFlights = "";
    this.ringStep = 0;
    this.drawZones();
    this.drawCoverage();
    this.drawRings();
    this.drawProcedures();
    this.drawFlights();
    this.drawSeen();
  }

  private loop(): void {
    this.timer = window.setTimeout(() => {
      requestAnimationFrame(() => {
        this.draw();
        this.loop();
      });
    }, FRAME_MS);
  }

  private draw(): void {
    const started = performance.now();
    const colours = MAP_COLOURS[this.choices.theme];
    this.drawFalls();
    this.overlay.setProps({ layers: this.layers.layers(colours, this.choices.selected, this.metresPerPixel()) });
    this.frames.push(performance.now() - started);
    if (this.frames.length > FRAMES_KEPT) this.frames.shift();
  }

  private metresPerPixel(): number {
    const latitude = (this.map.getCenter().lat * Math.PI) / 180;
    return (40_075_017 * Math.cos(latitude)) / (512 * 2 ** this.map.getZoom());
  }

  private zoneBounds(): maplibregl.LngLatBounds {
    const bounds = new maplibregl.LngLatBounds(this.site, this.site);
    for (const zone of this.info.zones) for (const [longitude, latitude] of zone.ring) bounds.extend([longitude, latitude]);
    return bounds;
  }

  /** Zones, and as much around them as suits the size of the site. */
  private homeBounds(): maplibregl.LngLatBounds {
    const bounds = this.zoneBounds();
    const reach = homeReach(Math.max(0, ...this.info.zones.flatMap((zone) => (zone.ring as Point[]).map((corner) => apart(this.site, corner)))));
    for (const side of [-reach, reach]) bounds.extend(moved(this.site, side, side));
    return bounds;
  }

  private setData(source: SiteSource, features: GeoJSON.Feature[]): void {
    const found = this.map.getSource(source) as maplibregl.GeoJSONSource | undefined;
    found?.setData({ type: "FeatureCollection", features });
  }

  private drawZones(): void {
    const states = zoneStates(this.store.state.alarms);
    const key = JSON.stringify([...states]);
    if (key === this.shownZones) return;
    this.shownZones = key;
    this.setData(
      "zones",
      this.info.zones.map((zone) => ({
        type: "Feature",
        properties: states.get(zone.zone_id) ?? { stage: 0, passed: false },
        geometry: { type: "Polygon", coordinates: [zone.ring] },
      })),
    );
    for (const [place, marker] of this.markers.entries()) {
      const state = states.get(this.info.zones[place].zone_id);
      const { dataset } = marker.getElement();
      dataset.stage = String(state?.stage ?? 0);
      dataset.passed = String(state?.passed ?? false);
      dataset.mark = state?.passed === true ? template(this.choices.language, "map.passed") : "";
    }
    this.placeLabels();
  }

  /** Zones in alarm first, then small ones; flights and procedures give way to zones, rings to all, inner rings to outer ones. */
  private placeLabels(): void {
    const view = this.map.getContainer();
    const frame: Box = { west: 0, top: 0, east: view.clientWidth, bottom: view.clientHeight };
    const zones = this.markers.map((marker, place) => {
      const element = marker.getElement();
      const named = this.outline(this.info.zones[place].ring as Point[]);
      const stage = Number(element.dataset.stage ?? 0);
      const size = (named.east - named.west) * (named.bottom - named.top);
      return { marker, element, stage, size, named, width: element.offsetWidth, height: element.offsetHeight, needed: stage > 0 || element.dataset.passed === "true", stood: this.spots.get(place), place };
    });
    zones.sort((a, b) => b.stage - a.stage || a.size - b.size);
    const shown: Box[] = [];
    labelPlaces(zones, frame).forEach((box, place) => {
      const { marker, element, place: zone } = zones[place];
      element.style.visibility = box === null ? "hidden" : "";
      if (box === null) return;
      this.spots.set(zone, box.spot);
      const at = this.map.project(marker.getLngLat());
      marker.setOffset([(box.west + box.east) / 2 - at.x, (box.top + box.bottom) / 2 - at.y]);
      shown.push(box);
    });
    for (const marker of [...this.falls.areas, ...this.seenMarkers, ...this.flightMarkers, ...this.procedureMarkers, ...[...this.ringMarkers].reverse()]) {
      const element = marker.getElement();
      const { x, y } = this.map.project(marker.getLngLat());
      const [across, down] = [element.offsetWidth / 2, element.offsetHeight / 2];
      const box = { west: x - across, top: y - down, east: x + across, bottom: y + down };
      const hidden = shown.some((other) => meets(box, other));
      element.style.visibility = hidden ? "hidden" : "";
      if (!hidden) shown.push(box);
    }
  }

  /** The box on the screen around an outline in degrees. */
  private outline(ring: Point[]): Box {
    const points = ring.map((corner) => this.map.project(corner));
    const across = points.map(({ x }) => x);
    const down = points.map(({ y }) => y);
    return { west: Math.min(...across), top: Math.min(...down), east: Math.max(...across), bottom: Math.max(...down) };
  }

  private drawCoverage(): void {
    // told of every message of a sensor, drawn when place, reach or health change
    const { sensors } = this.store.state;
    const key = JSON.stringify(sensors.map(({ sensor_id, place, coverage, health }) => [sensor_id, place, coverage, health]));
    if (key === this.shownSensors) return;
    this.shownSensors = key;
    this.setData("coverage", sensors.flatMap((sensor) => coverageOf(sensor)));
    this.setData("sensors", sensors.flatMap((sensor) => placeOf(sensor)));
  }

  private drawRings(): void {
    const view = this.map.getContainer();
    const steps = ringSteps((this.metresPerPixel() * Math.min(view.clientWidth, view.clientHeight)) / 2);
    if (steps[0] === this.ringStep) return;
    this.ringStep = steps[0];
    this.setData(
      "rings",
      steps.map((radius) => ({
        type: "Feature",
        properties: {},
        geometry: { type: "LineString", coordinates: circle(this.site, radius) },
      })),
    );
    this.ringMarkers.forEach((marker) => marker.remove());
    this.ringMarkers = steps.map((radius) => this.marker("ring-label", this.distance(radius), moved(this.site, 0, radius)));
    this.ringMarkers.push(this.marker("ring-label north", template(this.choices.language, "map.north"), moved(this.site, 0, steps[3] * 1.07)));
    this.placeLabels();
  }

  private drawProcedures(): void {
    const shown = this.choices.procedures ? this.info.procedures : [];
    this.setData("procedures", drawnProcedures(shown).map(procedureFeature));
    this.procedureMarkers.forEach((marker) => marker.remove());
    this.procedureMarkers = namedProcedures(shown).map((one) =>
      this.marker("procedure-label", this.choices.language === "ar" ? one.name_ar : one.name_en, one.label as Point),
    );
    this.placeLabels();
  }

  /** Bring all that the sensors see into view. */
  showSeen(): void {
    const { seen } = this.choices;
    if (seen === null) return;
    const bounds = this.zoneBounds();
    for (const place of seen.map.labels) bounds.extend(place as Point);
    for (const polygon of seen.map.bands.flatMap((band) => band.area)) for (const corner of polygon[0]) bounds.extend(corner as Point);
    this.former = null;
    const key = Math.min(PANEL_PX, this.map.getContainer().clientWidth / 2); // what lies under the key to it is not seen
    const [left, right] = this.choices.language === "ar" ? [30, key] : [key, 30];
    this.map.fitBounds(bounds, { padding: { top: 50, bottom: 30, left, right }, duration: 300 });
  }

  private drawSeen(): void {
    const { seen, language, theme } = this.choices;
    if (!this.map.hasImage(HATCH)) this.map.addImage(HATCH, hatch(MAP_COLOURS[theme].hole), { pixelRatio: 2 });
    this.setData("seen", seen === null ? [] : seenFeatures(seen));
    this.setData("seen-holes", seen === null ? [] : holeFeatures(seen));
    this.setData("seen-seconds", seen === null ? [] : secondFeatures(seen));
    this.seenMarkers.forEach((marker) => marker.remove());
    this.seenMarkers = (seen === null ? [] : namesOf(seen, template(language, "unit.s"))).map(({ text, at, className }) => this.marker(className, text, at));
    this.placeLabels();
  }

  private drawFalls(): void {
    const { state } = this.store;
    const isNew = this.falls.keepOuts(state, this.choices.language, (...mark) => this.marker(...mark));
    const zoneIds = this.info.zones.map(({ zone_id }) => zone_id);
    if (this.falls.risks(this.markers, zoneIds, state, this.store.nowMs()) || isNew) this.placeLabels();
  }

  private drawFlights(): void {
    const shown = drawnFlights(this.store.state.flights);
    const key = JSON.stringify(shown.map(({ flight_id, name, shape, places, extent_m, state }) => [flight_id, name, shape, places, extent_m, state]));
    if (key === this.shownFlights) return;
    this.shownFlights = key;
    this.setData("flights", shown.map(flightFeature));
    this.flightMarkers.forEach((marker) => marker.remove());
    this.flightMarkers = shown.map((flight) => {
      const marker = this.marker("flight-label", flight.name, flightLabel(flight));
      marker.getElement().dir = "auto"; // a name is written as its owner has it
      marker.getElement().dataset.state = flight.state;
      return marker;
    });
    this.placeLabels();
  }

  private distance(metres: number): string {
    const far = metres >= 1000;
    return `${far ? metres / 1000 : metres} ${template(this.choices.language, far ? "unit.km" : "unit.m")}`;
  }

  private nameControls(): void {
    for (const [control, key] of CONTROLS) {
      const button = this.map.getContainer().querySelector<HTMLElement>(`.${control}`);
      button?.setAttribute("aria-label", template(this.choices.language, key));
      button?.setAttribute("title", template(this.choices.language, key));
    }
    this.map.getCanvas().setAttribute("aria-label", template(this.choices.language, "map.region"));
  }

  private nameZones(): void {
    this.markers.forEach((marker) => marker.remove());
    this.markers = this.info.zones.map((zone) =>
      this.marker("zone-label", this.choices.language === "ar" ? zone.name_ar : zone.name_en, zone.centre as Point),
    );
    this.shownZones = "";
    this.drawZones();
  }

  private marker(className: string, text: string, at: Point): maplibregl.Marker {
    const element = document.createElement("div");
    element.className = className;
    element.dir = this.choices.language === "ar" ? "rtl" : "ltr"; // the map itself lies left to right
    element.lang = this.choices.language;
    element.textContent = text;
    element.setAttribute("aria-label", text);
    return new maplibregl.Marker({ element }).setLngLat(at).addTo(this.map);
  }
}

function placeOf(sensor: Sensor): GeoJSON.Feature[] {
  if (sensor.place === null) return [];
  const coordinates = [sensor.place.longitude_deg, sensor.place.latitude_deg];
  return [{ type: "Feature", properties: { health: sensor.health }, geometry: { type: "Point", coordinates } }];
}

/** The outline of what a sensor covers, and the sensor itself; nothing where place or range is unknown. */
function coverageOf(sensor: Sensor): GeoJSON.Feature[] {
  if (sensor.place === null) return [];
  const { range_min_m, range_max_m, azimuth_from_deg, azimuth_width_deg } = sensor.coverage;
  if (range_max_m === null) return []; // without a range limit there is no outline to draw
  const at: Point = [sensor.place.longitude_deg, sensor.place.latitude_deg];
  return [
    {
      type: "Feature",
      properties: { health: sensor.health },
      geometry: {
        type: "Polygon",
        coordinates: [sector(at, range_min_m, range_max_m, azimuth_from_deg, azimuth_width_deg)],
      },
    },
  ];
}
