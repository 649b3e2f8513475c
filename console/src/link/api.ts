/** The REST interface. Every failure is a Refused with the server's own words. */
import type { AuthorityCard, CoverageMap, Decision, Imported, Incident, IncidentSummary, OpenSession, Phase, Question, Refusal, SecurityLine, Session, SiteInfo, TrackReport, WarningDelay } from "../wire";

export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    detail: string,
  ) {
    super(detail);
  }
}

/** A flight as the form declares it. */
export interface DeclaredFlight {
  flight_id: string;
  name: string;
  operator: string;
  phone: string;
  kind: string;
  make: string;
  labels: string[];
  shape: string;
  places: [number, number][];
  extent_m: number;
  low_m: number | null;
  high_m: number | null;
  from_t_ns: number;
  until_t_ns: number;
  remarks: string;
  source: "form";
}

export type Action =
  | { action: "acknowledge"; alarm_id: string }
  | { action: "all_clear"; zone_id: string; alarm_ids?: string[] }
  | { action: "take_back_all_clear"; zone_id: string; reason: string }
  | { action: "take_back_retraction"; alarm_id: string; reason: string }
  | { action: "amend_outcome"; incident_id: string; outcome: string; track_id: number; reason: string }
  | { action: "set_identity"; track_id: number; identity: string; reason: string; why: Decision["why"] }
  | { action: "ask_owner"; track_id: number; answer: Question["answer"]; flight_id: string; note: string }
  | { action: "declare_flights"; flights: DeclaredFlight[] }
  | { action: "cancel_flight"; flight_id: string }
  | { action: "admit_node"; feed: string; node_id: string; address: string }
  | { action: "refuse_node"; feed: string; node_id: string; address: string }
  | { action: "release"; alarm_id: string }
  | { action: "withhold"; alarm_id: string; reason: string }
  | { action: "retract"; alarm_id: string; reason: string }
  | { action: "take_watch" }
  | { action: "hand_over"; to: string; note: string }
  | { action: "confirm_card" }
  | { action: "apply_settings" }
  | { action: "check_off"; item_id: string; done: boolean; note: string }
  | { action: "try_outputs"; output_ids: string[] }
  | { action: "report_outcome"; outcome: string; t_ns: number; track_id: number }
  | { action: "record_impact"; latitude_deg: number; longitude_deg: number; t_ns: number; track_id: number; alarm_id: string; note: string }
  | { action: "take_back_impact"; t_ns: number; track_id: number; reason: string }
  | { action: "head_count"; complete: boolean }
  | {
      action: "close_incident";
      outcome: string;
      casualties: { status: string; killed: number; injured: number };
      damage: { status: string; text: string };
      claim: { status: string; text: string };
    };

const TRY_AGAIN_MS = 4000; // a server that ended is there again sooner
const WAIT_MS = 250;

/**
 * An action, under a name of its own: where the server or the network ends before it has an answer, it is sent
 * again under that name, and the site does it once.
 */
async function sendOnce(path: string, body: unknown): Promise<Response> {
  const key = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(16)).join("-");
  let until = 0; // from the first failure: an answer may be long in coming
  for (;;) {
    try {
      return await post(path, body, { "idempotency-key": key });
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 0) throw error;
      if (until === 0) until = performance.now() + TRY_AGAIN_MS;
      if (performance.now() > until) throw error;
    }
    await new Promise((resolve) => window.setTimeout(resolve, WAIT_MS));
  }
}

async function call(path: string, init?: RequestInit): Promise<Response> {
  let answer: Response;
  try {
    answer = await fetch(path, { credentials: "same-origin", cache: "no-store", ...init });
  } catch {
    throw new Refused(0, "link", "");
  }
  if (answer.ok) return answer;
  const body = (await answer.json().catch(() => null)) as Refusal | null;
  throw new Refused(answer.status, body?.error.reason ?? `http-${answer.status}`, body?.error.detail ?? answer.statusText);
}

const get = async <T>(path: string): Promise<T> => (await (await call(path)).json()) as T;

const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> =>
  call(path, { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) });

export const api = {
  phase: () => get<Phase>("/api/phase"),
  session: () => get<Session>("/api/session"),
  signIn: (name: string, password: string) => post("/api/session", { name, password }),
  signIns: () => get<OpenSession[]>("/api/sessions"),
  endSignIn: (id: string) => call(`/api/sessions/${encodeURIComponent(id)}`, { method: "DELETE" }),
  /** Every other one: of whoever asks, or of everybody. */
  endSignIns: (whose: "own" | "all") => call(`/api/sessions?whose=${whose}`, { method: "DELETE" }),
  /** The newest lines of the security log, newest first. */
  security: (limit: number) => get<SecurityLine[]>(`/api/security?limit=${limit}`),
  signOut: () => call("/api/session", { method: "DELETE" }),
  site: () => get<SiteInfo>("/api/site"),
  authority: () => get<AuthorityCard>("/api/authority"),
  act: (action: Action) => sendOnce("/api/actions", action),
  importFlights: async (name: string, text: string) => (await (await sendOnce("/api/flights", { name, text })).json()) as Imported,
  track: (trackId: number) => get<TrackReport>(`/api/tracks/${trackId}`),
  incidents: () => get<IncidentSummary[]>("/api/incidents"),
  coverage: (threat: CoverageMap["threat"] | null) => get<CoverageMap>(`/api/coverage${threat === null ? "" : `?threat=${threat}`}`),
  delays: () => get<WarningDelay[]>("/api/delays"),
  incident: (id: string) => get<Incident>(`/api/incidents/${encodeURIComponent(id)}`),
  statement: async (id: string, language: string) =>
    (await call(`/api/incidents/${encodeURIComponent(id)}/statement?lang=${language}`)).text(),
  reportAddress: (id: string, language: string) => `/api/incidents/${encodeURIComponent(id)}/report.pdf?lang=${language}`,
};
