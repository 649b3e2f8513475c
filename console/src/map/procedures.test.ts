import { expect, test } from "vitest";
import type { ProcedureShape } from "../wire";
import { drawnProcedures, namedProcedures, procedureFeature } from "./procedures";

const shape = (use: ProcedureShape["use"]): ProcedureShape => ({
  procedure_id: use,
  name_en: use,
  name_ar: use,
  use,
  ring: [
    [0, 0],
    [0, 1],
    [1, 1],
    [0, 0],
  ],
  label: [0, 0],
});

test("departure climbs are not drawn, and a runway goes by the names of its finals", () => {
  const all = [shape("final"), shape("departure climb"), shape("runway"), shape("landing place")];
  expect(drawnProcedures(all).map((one) => one.use)).toEqual(["final", "runway", "landing place"]);
  expect(namedProcedures(all).map((one) => one.use)).toEqual(["final", "landing place"]);
});

test("places are told from ways, for they are dashed", () => {
  expect(procedureFeature(shape("circuit")).properties).toEqual({ kind: "place" });
  expect(procedureFeature(shape("final")).properties).toEqual({ kind: "way" });
});
