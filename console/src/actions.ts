/** What the operator does, sent once: a second press of the same thing while the first counts is nothing. */
import { useCallback, useRef, useState } from "react";
import type { Action } from "./link/api";
import { api, Refused } from "./link/api";

const TOLD_MS = 8000;
const DOUBLE_CLICK_MS = 600; // after the answer; systems take at most 500 ms for one double click

/** A refusal: its code, "" where the site was not reached, and the site's own words. */
export interface Told {
  reason: string;
  detail: string;
}

export interface Actions {
  act: (action: Action) => Promise<boolean>;
  told: Told | null;
}

/** Sends actions; a refusal is told for a while. The answer is false where nothing was done. */
export function useActions(): Actions {
  const [told, setTold] = useState<Told | null>(null);
  const timer = useRef(0);
  const counting = useRef(new Set<string>());
  const act = useCallback(async (action: Action): Promise<boolean> => {
    const key = keyOf(action);
    if (counting.current.has(key)) return false;
    counting.current.add(key);
    try {
      await api.act(action);
      window.setTimeout(() => counting.current.delete(key), DOUBLE_CLICK_MS);
      setTold(null);
      return true;
    } catch (error) {
      counting.current.delete(key);
      setTold(error instanceof Refused ? { reason: error.reason, detail: error.message } : { reason: "", detail: String(error) });
      window.clearTimeout(timer.current);
      timer.current = window.setTimeout(() => setTold(null), TOLD_MS);
      return false;
    }
  }, []);
  return { act, told };
}

/** What makes two presses the same thing. The head count is a switch: pressed twice it must not go back. */
function keyOf(action: Action): string {
  switch (action.action) {
    case "acknowledge":
      return `acknowledge ${action.alarm_id}`;
    case "all_clear":
      return `all_clear ${action.zone_id}`;
    case "take_back_all_clear":
      return `take_back_all_clear ${action.zone_id}`;
    case "take_back_retraction":
      return `take_back_retraction ${action.alarm_id}`;
    case "amend_outcome":
      return `amend_outcome ${action.incident_id} ${action.track_id} ${action.outcome}`;
    case "set_identity":
      return `set_identity ${action.track_id} ${action.identity}`;
    case "report_outcome":
      return `report_outcome ${action.track_id} ${action.outcome}`;
    case "record_impact":
      return `record_impact ${action.track_id} ${action.t_ns} ${action.latitude_deg} ${action.longitude_deg}`;
    case "take_back_impact":
      return `take_back_impact ${action.track_id} ${action.t_ns}`;
    case "ask_owner":
      return `ask_owner ${action.track_id} ${action.flight_id} ${action.answer}`;
    case "cancel_flight":
      return `cancel_flight ${action.flight_id}`;
    case "admit_node":
    case "refuse_node":
      return `${action.action} ${action.feed} ${action.node_id} ${action.address}`;
    case "release":
    case "withhold":
    case "retract":
      return `${action.action} ${action.alarm_id}`;
    case "check_off":
      return `check_off ${action.item_id} ${action.done}`;
    case "hand_over":
      return `hand_over ${action.to}`;
    case "take_watch":
    case "confirm_card":
    case "apply_settings":
    case "try_outputs":
    case "declare_flights":
    case "head_count":
    case "close_incident":
      return action.action;
  }
}
