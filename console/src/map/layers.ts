/**
 * The moving part of the map: deck.gl layers over the columns of the picture. Positions are moved
 * on between pictures by the tracks' own velocity, never longer than EXTRAPOLATE_MAX_S.
 */
import { type Layer } from "@deck.gl/core";
import { IconLayer, LineLayer, PathLayer, PolygonLayer, ScatterplotLayer, TextLayer } from "@deck.gl/layers";
import type { PictureStore } from "../picture/store";
import { isCalling } from "../picture/distress";
import { isDown } from "../picture/outcomes";
import { byUrgency } from "../picture/ranking";
import type { IncidentObject, Track } from "../wire";
import type { MapColours } from "./colours";
import { ellipse, type Point } from "./geometry";
import { fallLayers } from "./fall_layers";
import { apartFrom } from "./label_places";
import { type Atlas, iconName } from "./symbols";
import type { Line, Trails } from "./trails";

const EXTRAPOLATE_MAX_S = 1.5;
const LEADER_S = 30;
const METRES_PER_DEGREE = 111_320;
const FOREMOST_MAX = 12; // drawn large and named: more names than that nobody reads at a glance
const ELLIPSES_MAX = 150;
const ELLIPSE_SIGMAS = 2.15; // 90 % of a plane Gaussian
const ICON_PX = 34;
const CALM_ICON_PX = 20; // what nobody needs to look at takes less room
const CROWD_ICON_PX = 12; // of all but the foremost in a raid: thin marks, not a heap
const APART_PX = 26; // large marks nearer than that would hide each other
const LABEL_PX = { across: 44, down: 18 };

interface Marked {
  row: number;
  track: Track;
  /** Among the most pressing, chosen, or calling for help. */
  foremost: boolean;
}

/** Builds the layers of one frame; keeps arrays between frames, so that a frame allocates little. */
export class TrackLayers {
  longitude = new Float64Array(0);
  latitude = new Float64Array(0);
  private leaderLongitude = new Float64Array(0);
  private leaderLatitude = new Float64Array(0);
  private icons: string[] = [];
  private iconsVersion = -1;
  private markedFor: number | null = null;
  private iconsChange = 0;
  private marked: Marked[] = [];
  private large: Marked[] = []; // of the newest frame, the most pressing last: it lies on top
  private frame = 0;
  private linesChange = 0;
  private dotsChange = 0;

  constructor(
    private readonly store: PictureStore,
    private readonly atlas: Atlas,
    private readonly trails: Trails,
  ) {}

  /** The track drawn as an item of a symbol layer. */
  trackAt(layerId: string | undefined, item: number): number | null {
    if (layerId === "marked") return this.large[item]?.track.track_id ?? null;
    const { motion } = this.store.state;
    return layerId === "symbols" && item >= 0 && item < motion.length ? motion.ids[item] : null;
  }

  layers(colours: MapColours, selected: number | null, metresPerPixel: number): Layer[] {
    this.frame++;
    this.prepare(selected);
    this.move();
    this.large = this.largeOnes(metresPerPixel).reverse();
    const length = this.store.state.motion.length;
    const faded = this.store.stale;
    return [
      ...fallLayers(this.store.state, this.store.nowMs(), colours, metresPerPixel, (trackId) => this.placeOf(trackId)),
      this.dotLayer(colours),
      this.lineLayer(colours),
      this.ellipseLayer(colours, selected, metresPerPixel),
      this.leaderLayer(colours, length),
      this.arrivalLayer(colours),
      this.selectionLayer(colours, selected),
      this.iconLayer(length, faded),
      this.markedLayer(faded),
      this.labelLayer(colours, metresPerPixel),
    ];
  }

  /** Icons and the list of tracks that get a label: only when the picture changed. */
  private prepare(selected: number | null): void {
    const { motion, tracks } = this.store.state;
    const version = this.store.version("tracks");
    if (version === this.iconsVersion && selected === this.markedFor) return;
    this.iconsVersion = version;
    this.markedFor = selected;
    let changed = this.icons.length !== motion.length;
    this.icons.length = motion.length;
    this.marked = [];
    for (let row = 0; row < motion.length; row++) {
      const track = tracks.get(motion.ids[row]);
      const icon = track === undefined ? iconName("pending", "unknown") : iconName(track.identity, track.class_name, track.spoofed);
      if (this.icons[row] !== icon) {
        this.icons[row] = icon;
        changed = true;
      }
      if (track !== undefined && (track.level >= 1 || track.track_id === selected || isCalling(track))) this.marked.push({ row, track, foremost: false });
    }
    if (changed) this.iconsChange++;
    this.marked.sort((a, b) => byUrgency(a.track, b.track)); // as the list has them
    this.marked.forEach((one, place) => {
      one.foremost = place < FOREMOST_MAX || one.track.track_id === selected || isCalling(one.track);
    });
    if (this.trails.note(this.store.state)) {
      this.linesChange++;
      this.dotsChange++;
    }
  }

  /** Where a track is drawn now. */
  private placeOf(trackId: number): Point | undefined {
    const row = this.store.state.motion.row(trackId);
    return row === undefined ? undefined : this.at(row);
  }

  private move(): void {
    const { motion, impacts } = this.store.state;
    if (this.longitude.length < motion.ids.length) {
      this.longitude = new Float64Array(motion.ids.length);
      this.latitude = new Float64Array(motion.ids.length);
      this.leaderLongitude = new Float64Array(motion.ids.length);
      this.leaderLatitude = new Float64Array(motion.ids.length);
    }
    const dt = Math.min(EXTRAPOLATE_MAX_S, (this.store.ageMs() ?? 0) / 1000);
    const { longitude_deg, latitude_deg, speed_mps, climb_mps, course_deg } = motion.columns;
    for (let row = 0; row < motion.length; row++) {
      const course = (course_deg[row] * Math.PI) / 180;
      const ground = Math.sqrt(Math.max(0, speed_mps[row] ** 2 - climb_mps[row] ** 2)) / METRES_PER_DEGREE;
      const north = ground * Math.cos(course);
      const east = (ground * Math.sin(course)) / Math.cos((latitude_deg[row] * Math.PI) / 180);
      this.longitude[row] = longitude_deg[row] + east * dt;
      this.latitude[row] = latitude_deg[row] + north * dt;
      this.leaderLongitude[row] = this.longitude[row] + east * LEADER_S;
      this.leaderLatitude[row] = this.latitude[row] + north * LEADER_S;
    }
    const falling = new Set(impacts.map(({ track_id }) => track_id));
    for (let row = 0; row < motion.length; row++) {
      // what falls flies no straight line on; where it is predicted to come down its way there is drawn
      if (!falling.has(motion.ids[row]) && this.store.state.tracks.get(motion.ids[row])?.class_name !== "ballistic") continue;
      this.leaderLongitude[row] = this.longitude[row];
      this.leaderLatitude[row] = this.latitude[row];
    }
  }

  /** What is drawn large: all that is dangerous, or of more than a few the foremost that do not hide each other. */
  private largeOnes(metresPerPixel: number): Marked[] {
    const chosen = ({ track }: Marked): boolean => track.track_id === this.markedFor;
    if (this.marked.length <= FOREMOST_MAX) return [...this.marked.filter(chosen), ...this.marked.filter((one) => !chosen(one))];
    const foremost = [...this.marked.filter(chosen), ...this.marked.filter((one) => one.foremost && !chosen(one))];
    const isClear = apartFrom(this.pixels(foremost, metresPerPixel), APART_PX, APART_PX);
    return foremost.filter((_, place) => isClear[place]);
  }

  /** Where tracks are, in pixels from anywhere: good for their distances alone. */
  private pixels(of: Marked[], metresPerPixel: number): Point[] {
    return of.map(({ row }) => {
      const [longitude, latitude] = this.at(row);
      const across = Math.cos((latitude * Math.PI) / 180);
      return [(longitude * across * METRES_PER_DEGREE) / metresPerPixel, (latitude * METRES_PER_DEGREE) / metresPerPixel];
    });
  }

  private at(row: number): Point {
    return [this.longitude[row], this.latitude[row]];
  }

  private iconLayer(length: number, faded: boolean): Layer {
    return new IconLayer({
      id: "symbols",
      data: { length },
      // an HTMLCanvasElement is a texture source, though the types say only addresses and textures
      iconAtlas: this.atlas.image as unknown as string,
      iconMapping: this.atlas.mapping,
      getIcon: (_, { index }) => this.icons[index],
      getPosition: (_, { index, target }) => {
        target[0] = this.longitude[index];
        target[1] = this.latitude[index];
        target[2] = 0;
        return target as [number, number, number];
      },
      getSize: this.marked.length > FOREMOST_MAX ? CROWD_ICON_PX : CALM_ICON_PX,
      opacity: faded ? 0.45 : 1,
      pickable: true,
      dataComparator: (now, before) => (now as { length: number }).length === (before as { length: number }).length,
      updateTriggers: { getPosition: this.frame, getIcon: this.iconsChange },
    });
  }

  /** The dangerous tracks once more, larger and on top of all others. */
  private markedLayer(faded: boolean): Layer {
    return new IconLayer<Marked>({
      id: "marked",
      data: this.large,
      iconAtlas: this.atlas.image as unknown as string,
      iconMapping: this.atlas.mapping,
      getIcon: ({ row }) => this.icons[row],
      getPosition: ({ row }) => this.at(row),
      getSize: ICON_PX,
      opacity: faded ? 0.45 : 1,
      pickable: true,
      updateTriggers: { getPosition: this.frame, getIcon: this.iconsChange },
    });
  }

  private leaderLayer(colours: MapColours, length: number): Layer {
    return new LineLayer({
      id: "leaders",
      data: { length },
      getSourcePosition: (_, { index, target }) => {
        target[0] = this.longitude[index];
        target[1] = this.latitude[index];
        target[2] = 0;
        return target as [number, number, number];
      },
      getTargetPosition: (_, { index, target }) => {
        target[0] = this.leaderLongitude[index];
        target[1] = this.leaderLatitude[index];
        target[2] = 0;
        return target as [number, number, number];
      },
      getColor: colours.leader,
      getWidth: 1.5,
      dataComparator: (now, before) => (now as { length: number }).length === (before as { length: number }).length,
      updateTriggers: { getSourcePosition: this.frame, getTargetPosition: this.frame },
    });
  }

  private dotLayer(colours: MapColours): Layer {
    return new ScatterplotLayer({
      id: "dots",
      data: { length: this.trails.count, attributes: { getPosition: { value: this.trails.dots, size: 2 } } },
      getRadius: 1.4,
      radiusUnits: "pixels",
      getFillColor: colours.dot,
      dataComparator: () => false,
      updateTriggers: { getPosition: this.dotsChange },
    });
  }

  private lineLayer(colours: MapColours): Layer {
    return new PathLayer<Line>({
      id: "lines",
      data: [...this.trails.lines.values()],
      getPath: (line) => line.path,
      getColor: (line) => colours.line[line.level],
      getWidth: 1.5,
      widthUnits: "pixels",
      dataComparator: (now, before) => (now as Line[]).length === (before as Line[]).length,
      updateTriggers: { getPath: this.linesChange, getColor: [this.linesChange, colours.sea] },
    });
  }

  private ellipseLayer(colours: MapColours, selected: number | null, metresPerPixel: number): Layer {
    const { semi_major_m, semi_minor_m, orientation_deg } = this.store.state.motion.columns;
    // drawn where it says more than the symbol already hides
    const shown = this.marked
      .filter(({ row, track, foremost }) => track.track_id === selected || (foremost && semi_major_m[row] * ELLIPSE_SIGMAS > 14 * metresPerPixel))
      .slice(0, ELLIPSES_MAX)
      .map(({ row }) =>
        ellipse(this.at(row), semi_major_m[row] * ELLIPSE_SIGMAS, semi_minor_m[row] * ELLIPSE_SIGMAS, orientation_deg[row]),
      );
    return new PolygonLayer<Point[]>({
      id: "ellipses",
      data: shown,
      getPolygon: (ring) => ring,
      filled: false,
      stroked: true,
      getLineColor: colours.ellipse,
      getLineWidth: 1.2,
      lineWidthUnits: "pixels",
    });
  }

  /** Where objects were last seen before they presumably came down: a ring with a point in it, until the incident is over. */
  private arrivalLayer(colours: MapColours): Layer {
    const { incident } = this.store.state;
    const arrived = incident === null || incident.closed_t_ms !== null ? [] : incident.objects.filter(isDown);
    return new ScatterplotLayer<IncidentObject>({
      id: "arrivals",
      data: arrived.flatMap((item) => [item, item]),
      getPosition: ({ last_place }) => [last_place.longitude_deg, last_place.latitude_deg],
      getRadius: (_, { index }) => (index % 2 === 0 ? 11 : 3),
      radiusUnits: "pixels",
      stroked: true,
      filled: true,
      getFillColor: (_, { index }) => (index % 2 === 0 ? [0, 0, 0, 0] : colours.line[3]),
      getLineColor: colours.line[3],
      getLineWidth: 3,
      lineWidthUnits: "pixels",
    });
  }

  private selectionLayer(colours: MapColours, selected: number | null): Layer {
    const row = selected === null ? undefined : this.store.state.motion.row(selected);
    return new ScatterplotLayer<Point>({
      id: "selection",
      data: row === undefined ? [] : [this.at(row)],
      getPosition: (point) => point,
      getRadius: 25,
      radiusUnits: "pixels",
      stroked: true,
      filled: false,
      getLineColor: colours.selected,
      getLineWidth: 2,
      lineWidthUnits: "pixels",
    });
  }

  /** The numbers of the foremost; of two that would lie on each other, the more pressing one. */
  private labelLayer(colours: MapColours, metresPerPixel: number): Layer {
    const foremost = [...this.large].reverse().filter((one) => one.foremost);
    const isClear = apartFrom(this.pixels(foremost, metresPerPixel), LABEL_PX.across, LABEL_PX.down);
    return new TextLayer<Marked>({
      id: "labels",
      data: foremost.filter((_, place) => isClear[place]),
      getText: ({ track }) => (/^[\x20-\x7e]+$/.test(track.name) ? track.name : String(track.track_id)),
      getPosition: ({ row }) => this.at(row),
      getPixelOffset: [0, 27],
      getSize: 12,
      fontFamily: "Noto Sans, sans-serif",
      fontWeight: 600,
      getColor: colours.label,
      background: true,
      getBackgroundColor: colours.labelGround,
      backgroundPadding: [4, 1, 4, 1],
      updateTriggers: { getPosition: this.frame },
    });
  }
}
