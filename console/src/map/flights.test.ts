import { describe, expect, it } from "vitest";
import type { Flight } from "../wire";
import { drawnFlights, flightFeature, flightLabel } from "./flights";

const flight = (change: Partial<Flight>): Flight => ({
  flight_id: "a",
  name: "Survey",
  operator: "",
  phone: "",
  kind: "multirotor",
  make: "",
  labels: [],
  shape: "circle",
  places: [[33, 44]],
  extent_m: 1113.2,
  low_m: null,
  high_m: null,
  from_t_ms: null,
  until_t_ms: null,
  remarks: "",
  source: "form",
  state: "active",
  ...change,
});

describe("declared flights", () => {
  it("are drawn while they may fly and where they have a place", () => {
    const flights = [flight({}), flight({ state: "declared" }), flight({ state: "ended" }), flight({ state: "cancelled" }), flight({ shape: "anywhere", places: [] })];
    expect(drawnFlights(flights).map(({ state }) => state)).toEqual(["active", "declared"]);
  });

  it("are areas with their name on the upper edge, longitude first", () => {
    const { geometry } = flightFeature(flight({})) as { geometry: GeoJSON.Polygon };
    const latitudes = geometry.coordinates[0].map(([, latitude]) => latitude);
    expect(Math.max(...latitudes)).toBeCloseTo(33.01, 5);
    expect(flightLabel(flight({}))[1]).toBeCloseTo(33.01, 5);
    const area = flight({ shape: "polygon", places: [[33, 44], [33.1, 44.1], [33, 44.2]] });
    expect((flightFeature(area) as { geometry: GeoJSON.Polygon }).geometry.coordinates[0]).toEqual([[44, 33], [44.1, 33.1], [44.2, 33], [44, 33]]);
    expect(flightLabel(area)).toEqual([44.1, 33.1]);
  });

  it("are routes as wide as they were declared", () => {
    const route = flight({ shape: "route", places: [[0, 44], [0, 44.1]], extent_m: 200 });
    const feature = flightFeature(route);
    expect(feature.geometry).toEqual({ type: "LineString", coordinates: [[44, 0], [44.1, 0]] });
    const metresPerPixel = 40_075_017 / (512 * 2 ** 12);
    expect((feature.properties!.width_0 as number) * 2 ** 12 * metresPerPixel).toBeCloseTo(200, 0);
    expect(flightLabel(route)[0]).toBeCloseTo(44.05, 9);
    expect(flightLabel(flight({ shape: "route", places: [[0, 1], [0, 2], [0, 4]] }))[0]).toBe(2);
  });
});
