/** The site's procedures on the map: where aircraft are used to fly. */
import type { ProcedureShape } from "../wire";

/** How a procedure is drawn; departure climbs are not: they lie across the finals and say little more. */
export type Drawn = "way" | "runway" | "place";

const DRAWN: Record<ProcedureShape["use"], Drawn | null> = {
  final: "way",
  "departure climb": null,
  runway: "runway",
  "helicopter route": "way",
  arrival: "way",
  departure: "way",
  transit: "way",
  holding: "place",
  "landing place": "place",
  circuit: "place",
  gliding: "place",
  "own drones": "place",
};

/** The procedures that the map shows. */
export function drawnProcedures(procedures: ProcedureShape[]): ProcedureShape[] {
  return procedures.filter((one) => DRAWN[one.use] !== null);
}

/** Those whose name stands on the map: a runway's is that of its finals. */
export function namedProcedures(procedures: ProcedureShape[]): ProcedureShape[] {
  return drawnProcedures(procedures).filter((one) => one.use !== "runway");
}

export function procedureFeature(procedure: ProcedureShape): GeoJSON.Feature {
  return {
    type: "Feature",
    properties: { kind: DRAWN[procedure.use] },
    geometry: { type: "Polygon", coordinates: [procedure.ring] },
  };
}
