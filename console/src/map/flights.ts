/** The declared flights on the map: where somebody has said that something of ours will fly. */
import type { Flight } from "../wire";
import { circle, moved, type Point } from "./geometry";

const METRES_PER_PIXEL = 78_271.517; // at the equator and zoom 0, for tiles of 512 pixels
const WIDEST_ZOOM = 24;

const pointOf = ([latitude, longitude]: number[]): Point => [longitude, latitude];

/** Those that the map shows: not over, and of a place. */
export function drawnFlights(flights: Flight[]): Flight[] {
  return flights.filter(({ state, shape, places }) => (state === "active" || state === "declared") && shape !== "anywhere" && places.length > 0);
}

/** The area of a flight, or its route with the width of its corridor in pixels at the zooms 0 and 24. */
export function flightFeature(flight: Flight): GeoJSON.Feature {
  const places = flight.places.map(pointOf);
  const properties = { state: flight.state, shape: flight.shape };
  if (flight.shape === "route") {
    const pixels = flight.extent_m / (METRES_PER_PIXEL * Math.cos((flight.places[0][0] * Math.PI) / 180));
    return {
      type: "Feature",
      properties: { ...properties, width_0: pixels, width_24: pixels * 2 ** WIDEST_ZOOM },
      geometry: { type: "LineString", coordinates: places },
    };
  }
  const ring = flight.shape === "circle" ? circle(places[0], flight.extent_m) : [...places, places[0]];
  return { type: "Feature", properties, geometry: { type: "Polygon", coordinates: [ring] } };
}

/** Where the name of a flight stands: on the upper edge of its area, on the middle of its route. */
export function flightLabel(flight: Flight): Point {
  const places = flight.places.map(pointOf);
  if (flight.shape === "circle") return moved(places[0], 0, flight.extent_m);
  if (flight.shape === "polygon") return places.reduce((highest, place) => (place[1] > highest[1] ? place : highest));
  const [before, after] = [places[Math.ceil(places.length / 2) - 1], places[Math.floor(places.length / 2)]];
  return [(before[0] + after[0]) / 2, (before[1] + after[1]) / 2];
}
