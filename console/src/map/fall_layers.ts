/**
 * What falls, on the map: the ellipses in which a round comes down with 50 and with 90 %, its time left, the way
 * there; ground to keep away from; and where things really came down, with a line to where they were predicted.
 */
import type { Layer } from "@deck.gl/core";
import { LineLayer, PolygonLayer, ScatterplotLayer, TextLayer } from "@deck.gl/layers";
import { timeLeft } from "../i18n/numbers";
import { falling, levelOf } from "../picture/falls";
import type { PictureState } from "../picture/state";
import type { ActualImpact, Impact, KeepOut } from "../wire";
import type { MapColours, Rgba } from "./colours";
import { ellipse, type Point } from "./geometry";
import { apartFrom } from "./label_places";

/** How many sigmas of a plane Gaussian hold so much of it. */
export const SIGMAS = { 50: Math.sqrt(-2 * Math.log(0.5)), 90: Math.sqrt(-2 * Math.log(0.1)) };
const DRAWN_MAX = 60;
const LABEL_PX = { across: 46, down: 20 };
const METRES_PER_DEGREE = 111_320;

interface Placed {
  impact: Impact;
  at: Point;
  level: 0 | 1 | 2 | 3;
}

/** Rounds in the air whose place is predicted, the gravest and soonest last: these lie on top. */
export function placed(impacts: Impact[], nowMs: number): Placed[] {
  return falling(impacts, nowMs)
    .flatMap((impact): Placed[] => (impact.place === null ? [] : [{ impact, at: [impact.place.longitude_deg, impact.place.latitude_deg], level: levelOf(impact) }]))
    .sort((a, b) => a.level - b.level || (b.impact.t_ms ?? 0) - (a.impact.t_ms ?? 0))
    .slice(-DRAWN_MAX);
}

const faint = ([red, green, blue]: Rgba, alpha: number): Rgba => [red, green, blue, alpha];

function ring({ impact, at }: Placed, sigmas: number): Point[] {
  return ellipse(at, (impact.semi_major_m ?? 0) * sigmas, (impact.semi_minor_m ?? 0) * sigmas, impact.orientation_deg ?? 0);
}

/** Below the tracks: ground. trackAt: where a track is drawn now, undefined where it is not. */
export function fallLayers(state: PictureState, nowMs: number, colours: MapColours, metresPerPixel: number, trackAt: (trackId: number) => Point | undefined): Layer[] {
  const rounds = placed(state.impacts, nowMs);
  const incident = state.incident;
  const actual = incident === null || (incident.closed_t_ms !== null && rounds.length > 0) ? [] : incident.impacts;
  return [
    keepOutLayer(state.keepOuts, colours),
    ellipseLayer("falls-90", rounds, SIGMAS[90], 34, 2, colours),
    ellipseLayer("falls-50", rounds, SIGMAS[50], 80, 1, colours),
    wayLayer(rounds, colours, trackAt),
    missLayer(actual, colours),
    downLayer(actual, colours),
    timeLayer(rounds, nowMs, colours, metresPerPixel),
  ];
}

function ellipseLayer(id: string, rounds: Placed[], sigmas: number, alpha: number, width: number, colours: MapColours): Layer {
  return new PolygonLayer<Placed>({
    id,
    data: rounds,
    getPolygon: (one) => ring(one, sigmas),
    filled: true,
    stroked: true,
    getFillColor: ({ level }) => faint(colours.line[level], alpha),
    getLineColor: ({ level }) => colours.line[level],
    getLineWidth: width,
    lineWidthUnits: "pixels",
  });
}

/** From where a round is to where it comes down: a falling object flies no straight line on. */
function wayLayer(rounds: Placed[], colours: MapColours, trackAt: (trackId: number) => Point | undefined): Layer {
  return new LineLayer<{ from: Point; to: Point; level: 0 | 1 | 2 | 3 }>({
    id: "falls-ways",
    data: rounds.flatMap(({ impact, at, level }) => {
      const from = trackAt(impact.track_id);
      return from === undefined ? [] : [{ from, to: at, level }];
    }),
    getSourcePosition: ({ from }) => from,
    getTargetPosition: ({ to }) => to,
    getColor: ({ level }) => colours.line[level],
    getWidth: 1.5,
  });
}

function keepOutLayer(areas: KeepOut[], colours: MapColours): Layer {
  return new PolygonLayer<KeepOut>({
    id: "keep-outs",
    data: areas,
    getPolygon: ({ place, semi_major_m, semi_minor_m, orientation_deg }) => ellipse([place.longitude_deg, place.latitude_deg], semi_major_m, semi_minor_m, orientation_deg),
    filled: true,
    stroked: true,
    getFillColor: faint(colours.line[1], 40),
    getLineColor: colours.line[1],
    getLineWidth: 3,
    lineWidthUnits: "pixels",
  });
}

/** From where something was predicted to where it really came down. */
function missLayer(actual: ActualImpact[], colours: MapColours): Layer {
  return new LineLayer<ActualImpact>({
    id: "falls-misses",
    data: actual.filter(({ predicted_place }) => predicted_place !== null),
    getSourcePosition: ({ predicted_place, place }) => [predicted_place?.longitude_deg ?? place.longitude_deg, predicted_place?.latitude_deg ?? place.latitude_deg],
    getTargetPosition: ({ place }) => [place.longitude_deg, place.latitude_deg],
    getColor: colours.leader,
    getWidth: 1.5,
  });
}

function downLayer(actual: ActualImpact[], colours: MapColours): Layer {
  return new ScatterplotLayer<ActualImpact>({
    id: "falls-down",
    data: actual,
    getPosition: ({ place }) => [place.longitude_deg, place.latitude_deg],
    getRadius: 6,
    radiusUnits: "pixels",
    stroked: true,
    filled: true,
    getFillColor: colours.line[3],
    getLineColor: [255, 255, 255, 255],
    getLineWidth: 2,
    lineWidthUnits: "pixels",
  });
}

/** The time left at each ellipse; of two that would lie on each other, that of the graver and sooner one. */
function timeLayer(rounds: Placed[], nowMs: number, colours: MapColours, metresPerPixel: number): Layer {
  const ordered = [...rounds].reverse();
  const pixels = ordered.map(({ at: [longitude, latitude] }): Point => {
    const across = Math.cos((latitude * Math.PI) / 180);
    return [(longitude * across * METRES_PER_DEGREE) / metresPerPixel, (latitude * METRES_PER_DEGREE) / metresPerPixel];
  });
  const isClear = apartFrom(pixels, LABEL_PX.across, LABEL_PX.down);
  return new TextLayer<Placed>({
    id: "falls-times",
    data: ordered.filter((_, place) => isClear[place]),
    getText: ({ impact }) => timeLeft(((impact.t_ms ?? nowMs) - nowMs) / 1000),
    getPosition: ({ at }) => at,
    getSize: 13,
    fontFamily: "Noto Sans, sans-serif",
    fontWeight: 700,
    getColor: colours.label,
    background: true,
    getBackgroundColor: colours.labelGround,
    backgroundPadding: [4, 1, 4, 1],
    dataComparator: () => false,
  });
}
