/** When an object can have come down, by what is known of it. Pure. */
import type { IncidentObject } from "../wire";

export interface Landing {
  at: "seen" | "predicted";
  tMs: number;
}

/** As predicted, where it fell on a path that says so and was not seen after it; as it was last seen. */
export function landings({ last_t_ms, predicted_t_ms }: Pick<IncidentObject, "last_t_ms" | "predicted_t_ms">): [Landing, ...Landing[]] {
  const seen: Landing = { at: "seen", tMs: last_t_ms };
  return predicted_t_ms === null || predicted_t_ms < last_t_ms ? [seen] : [{ at: "predicted", tMs: predicted_t_ms }, seen];
}
