/** The base map: Natural Earth coastlines and borders in the bundle, finer ground from a local archive. */
import type { FeatureCollection } from "geojson";
import type { GeoJSONSource, LayerSpecification, Map as MapView, StyleSpecification } from "maplibre-gl";
import * as maplibregl from "maplibre-gl";
import { PMTiles, Protocol } from "pmtiles";
import { feature, mesh } from "topojson-client";
import type { GeometryCollection, Topology } from "topojson-specification";
import type { MapColours } from "./colours";

type World = Topology<{ countries: GeometryCollection; land: GeometryCollection }>;

const EMPTY: FeatureCollection = { type: "FeatureCollection", features: [] };
const SITE_SOURCES = ["seen", "seen-holes", "seen-seconds", "coverage", "sensors", "rings", "procedures", "flights", "zones"] as const;
/** The image that holes are filled with. */
export const HATCH = "hatch";
export type SiteSource = (typeof SITE_SOURCES)[number];

/** The style with every source; those of the site are filled later. */
export function style(colours: MapColours, archive: string | null): StyleSpecification {
  const sources: StyleSpecification["sources"] = {
    land: { type: "geojson", data: EMPTY, attribution: "Natural Earth" },
    borders: { type: "geojson", data: EMPTY },
  };
  for (const name of SITE_SOURCES) sources[name] = { type: "geojson", data: EMPTY };
  if (archive !== null) {
    const protocol = new Protocol();
    protocol.add(new PMTiles(new URL(archive, location.href).href));
    maplibregl.addProtocol("pmtiles", protocol.tile);
    sources.ground = { type: "vector", url: `pmtiles://${new URL(archive, location.href).href}` };
  }
  return {
    version: 8,
    sources,
    layers: [...baseLayers(colours), ...(archive === null ? [] : groundLayers(colours)), ...siteLayers(colours)],
  };
}

function baseLayers(colours: MapColours): LayerSpecification[] {
  return [
    { id: "sea", type: "background", paint: { "background-color": colours.sea } },
    { id: "land", type: "fill", source: "land", paint: { "fill-color": colours.land } },
    { id: "coast", type: "line", source: "land", paint: { "line-color": colours.coast, "line-width": 1 } },
    {
      id: "borders",
      type: "line",
      source: "borders",
      paint: { "line-color": colours.border, "line-width": 1, "line-dasharray": [4, 2, 1, 2] },
    },
  ];
}

/** Layers of the Protomaps base map schema, without labels: labels would need glyph files. */
function groundLayers(colours: MapColours): LayerSpecification[] {
  const from = { source: "ground" } as const;
  return [
    { id: "g-earth", type: "fill", ...from, "source-layer": "earth", paint: { "fill-color": colours.land } },
    { id: "g-water", type: "fill", ...from, "source-layer": "water", paint: { "fill-color": colours.sea } },
    { id: "g-buildings", type: "fill", ...from, "source-layer": "buildings", minzoom: 13, paint: { "fill-color": colours.building } },
    { id: "g-roads", type: "line", ...from, "source-layer": "roads", paint: { "line-color": colours.road, "line-width": ["interpolate", ["linear"], ["zoom"], 8, 0.5, 16, 3] } },
    { id: "g-borders", type: "line", ...from, "source-layer": "boundaries", paint: { "line-color": colours.border, "line-dasharray": [4, 2] } },
  ];
}

/** What the sensors see: each height on those above it, so that what is seen near the ground looks fullest. */
function seenLayers(colours: MapColours): LayerSpecification[] {
  const [few, short, enough, plenty] = colours.seconds;
  return [
    { id: "seen-fill", type: "fill", source: "seen", paint: { "fill-color": colours.seen, "fill-opacity": 0.28 } },
    { id: "seen-line", type: "line", source: "seen", paint: { "line-color": colours.seen, "line-width": 1, "line-opacity": 0.55 } },
    { id: "seen-holes-fill", type: "fill", source: "seen-holes", paint: { "fill-pattern": HATCH, "fill-opacity": 0.8 } },
    { id: "seen-holes-line", type: "line", source: "seen-holes", paint: { "line-color": colours.hole, "line-width": 1.5 } },
    {
      id: "seen-seconds",
      type: "fill",
      source: "seen-seconds",
      paint: { "fill-color": ["match", ["get", "step"], 0, few, 1, short, 2, enough, plenty], "fill-opacity": 0.85 },
    },
  ];
}

function siteLayers(colours: MapColours): LayerSpecification[] {
  return [
    ...seenLayers(colours),
    {
      id: "coverage-fill",
      type: "fill",
      source: "coverage",
      paint: { "fill-color": colours.coverage, "fill-opacity": ["match", ["get", "health"], "ok", 0.05, 0] },
    },
    {
      id: "coverage-line",
      type: "line",
      source: "coverage",
      filter: ["==", ["get", "health"], "ok"],
      paint: { "line-color": colours.coverage, "line-width": 1, "line-opacity": 0.6, "line-dasharray": [6, 4] },
    },
    {
      id: "coverage-lost",
      type: "line",
      source: "coverage",
      filter: ["!=", ["get", "health"], "ok"],
      paint: { "line-color": "#8b959c", "line-width": 1.5, "line-opacity": 0.7, "line-dasharray": [2, 4] },
    },
    {
      id: "sensors",
      type: "circle",
      source: "sensors",
      paint: {
        "circle-radius": 3.5,
        "circle-color": ["match", ["get", "health"], "ok", colours.coverage, colours.sea],
        "circle-stroke-color": ["match", ["get", "health"], "ok", colours.land, colours.stage[1]],
        "circle-stroke-width": ["match", ["get", "health"], "ok", 1, 2],
      },
    },
    {
      id: "rings",
      type: "line",
      source: "rings",
      paint: { "line-color": colours.ring, "line-width": 1, "line-opacity": 0.6 },
    },
    {
      // quiet: what is usual must not draw the eye
      id: "procedures-runway",
      type: "fill",
      source: "procedures",
      filter: ["==", ["get", "kind"], "runway"],
      paint: { "fill-color": colours.procedure, "fill-opacity": 0.5 },
    },
    {
      id: "procedures-way",
      type: "line",
      source: "procedures",
      filter: ["==", ["get", "kind"], "way"],
      paint: { "line-color": colours.procedure, "line-width": 1, "line-opacity": 0.6 },
    },
    {
      id: "procedures-place",
      type: "line",
      source: "procedures",
      filter: ["==", ["get", "kind"], "place"],
      paint: { "line-color": colours.procedure, "line-width": 1, "line-opacity": 0.8, "line-dasharray": [3, 3] },
    },
    {
      // as wide on the ground as it was declared, at every zoom
      id: "flights-corridor",
      type: "line",
      source: "flights",
      filter: ["==", ["get", "shape"], "route"],
      paint: {
        "line-color": colours.flight,
        "line-opacity": 0.12,
        "line-width": ["interpolate", ["exponential", 2], ["zoom"], 0, ["get", "width_0"], 24, ["get", "width_24"]],
      },
    },
    {
      id: "flights-area",
      type: "fill",
      source: "flights",
      filter: ["!=", ["get", "shape"], "route"],
      paint: { "fill-color": colours.flight, "fill-opacity": ["match", ["get", "state"], "active", 0.1, 0.04] },
    },
    {
      id: "flights-line",
      type: "line",
      source: "flights",
      paint: {
        "line-color": colours.flight,
        "line-width": 1.5,
        "line-opacity": ["match", ["get", "state"], "active", 0.95, 0.55],
        "line-dasharray": [4, 3],
      },
    },
    {
      id: "zones-fill",
      type: "fill",
      source: "zones",
      paint: {
        "fill-color": ["match", ["get", "stage"], 3, colours.stage[3], 2, colours.stage[2], colours.stage[0]],
        "fill-opacity": ["match", ["get", "stage"], 3, 0.38, 2, 0.28, 0.09],
      },
    },
    {
      id: "zones-line",
      type: "line",
      source: "zones",
      paint: {
        "line-color": ["match", ["get", "stage"], 3, colours.stage[3], 2, colours.stage[2], colours.stage[0]],
        "line-width": ["match", ["get", "stage"], 3, 3, 2, 2.5, 1.5],
      },
    },
    {
      // nothing is heading there now, but people are still in cover
      id: "zones-passed",
      type: "line",
      source: "zones",
      filter: ["==", ["get", "passed"], true],
      paint: { "line-color": colours.stage[2], "line-width": 2.5, "line-dasharray": [3, 2] },
    },
  ];
}

/** Put the world's outlines into a map; they are loaded apart, so that the picture shows first. */
export async function addWorld(map: MapView): Promise<void> {
  const world = (await import("world-atlas/countries-50m.json")).default as unknown as World;
  const land = feature(world, world.objects.land);
  const borders = mesh(world, world.objects.countries, (a, b) => a !== b);
  (map.getSource("land") as GeoJSONSource | undefined)?.setData(land);
  (map.getSource("borders") as GeoJSONSource | undefined)?.setData({ type: "Feature", properties: {}, geometry: borders });
}
