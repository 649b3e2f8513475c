/** What can become of an object, and how the outcome of an attack agrees with that of its objects. */
import type { Incident, IncidentObject } from "../wire";

export type Outcome = Incident["outcome"];

/** Every outcome, in the order they are offered. */
export const OUTCOMES = ["stopped", "missed", "landed", "left", "unknown"] as const satisfies readonly Outcome[];

const GRAVITY: readonly Outcome[] = ["unknown", "left", "stopped", "missed", "landed"]; // as the register has it

export type Disagreement = "milder" | "graver" | "unrecorded";

/** How an outcome chosen for the attack disagrees with what is recorded; unknown disagrees with nothing. */
export function disagreement(chosen: Outcome, objects: Pick<IncidentObject, "outcome">[]): Disagreement | null {
  if (chosen === "unknown" || objects.length === 0) return null;
  const worst = Math.max(...objects.map((item) => GRAVITY.indexOf(item.outcome)));
  const weight = GRAVITY.indexOf(chosen);
  if (weight < worst) return "milder";
  if (objects.some((item) => item.outcome === chosen)) return null;
  return worst > 0 ? "graver" : "unrecorded";
}
