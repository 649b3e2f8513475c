/** Colours of the map, per theme. Red is for WARN alone; standard symbols keep their standard colours. */
export type Theme = "dark" | "day";
export type Rgba = [number, number, number, number];

export interface MapColours {
  sea: string;
  land: string;
  coast: string;
  border: string;
  road: string;
  building: string;
  ring: string;
  coverage: string;
  zone: string;
  /** What the sensors see, holes in it, and seconds of warning from too few to plenty. */
  seen: string;
  hole: string;
  seconds: [string, string, string, string];
  procedure: string;
  flight: string;
  stage: [string, string, string, string];
  leader: Rgba;
  dot: Rgba;
  ellipse: Rgba;
  line: [Rgba, Rgba, Rgba, Rgba];
  selected: Rgba;
  label: Rgba;
  labelGround: Rgba;
}

export const MAP_COLOURS: Record<Theme, MapColours> = {
  dark: {
    sea: "#0a1016",
    land: "#10181f",
    coast: "#2c3d4a",
    border: "#33444f",
    road: "#22303a",
    building: "#17222b",
    ring: "#3d5464",
    coverage: "#4d7f95",
    zone: "#7fa8bd",
    seen: "#3fb6b0",
    hole: "#e0a030",
    seconds: ["#b4532a", "#e0a030", "#9fb53a", "#4fa567"],
    procedure: "#9a93b0",
    flight: "#6fc3e8",
    stage: ["#7fa8bd", "#e8d26a", "#ffab40", "#ff4d4f"],
    leader: [200, 216, 228, 200],
    dot: [150, 178, 196, 90],
    ellipse: [190, 214, 230, 150],
    line: [
      [130, 160, 180, 130],
      [232, 210, 106, 170],
      [255, 171, 64, 200],
      [255, 90, 92, 220],
    ],
    selected: [92, 220, 255, 255],
    label: [230, 237, 243, 255],
    labelGround: [10, 16, 22, 200],
  },
  day: {
    sea: "#dce6ec",
    land: "#f3f1ea",
    coast: "#9aa9b2",
    border: "#a9a294",
    road: "#d9d3c6",
    building: "#e6e1d6",
    ring: "#8497a3",
    coverage: "#39758f",
    zone: "#3d6a80",
    seen: "#177f7b",
    hole: "#a86400",
    seconds: ["#9a3b00", "#d28a1a", "#8fa42c", "#2f7d45"],
    procedure: "#6b6580",
    flight: "#0b6a94",
    stage: ["#3d6a80", "#8a6d00", "#b45a00", "#c4161c"],
    leader: [50, 66, 78, 220],
    dot: [70, 92, 108, 110],
    ellipse: [60, 84, 100, 160],
    line: [
      [90, 110, 124, 150],
      [138, 109, 0, 190],
      [180, 90, 0, 210],
      [196, 22, 28, 230],
    ],
    selected: [0, 98, 140, 255],
    label: [20, 28, 34, 255],
    labelGround: [255, 255, 255, 210],
  },
};
