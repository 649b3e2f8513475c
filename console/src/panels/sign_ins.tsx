/** The sign-ins that hold: one's own, for an administrator everybody's. Each can be ended, and all others at once. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { moment } from "../i18n/numbers";
import type { Key } from "../i18n/wording";
import { api } from "../link/api";
import { useAsked } from "../parts/asked";
import { Counted, Say, useCalled } from "../parts/words";
import { store, useSlice } from "../picture/store";
import type { OpenSession } from "../wire";

/** What somebody is asked about before it is done: one sign-in, or all others of whom. */
type Ending = OpenSession | "own" | "all";

export function SignIns(): ReactNode {
  const { session, may } = useConsole();
  const { found, failed, again } = useAsked(api.signIns);
  const [ending, setEnding] = useState<Ending | null>(null);
  const [refused, setRefused] = useState(false);
  if (session.open) {
    return (
      <p className="muted">
        <Say it="signIns.open" />
      </p>
    );
  }
  const others = (found ?? []).filter((one) => !one.is_this);
  const own = others.filter((one) => one.name === session.name);
  const end = async (what: Ending): Promise<void> => {
    setEnding(null);
    // what has ended meanwhile is ended: the list is asked for again whatever the answer
    setRefused(!(await endOf(what).then(() => true, (error: unknown) => isGone(error))));
    again();
  };
  return (
    <section className="sign-ins" data-testid="sign-ins">
      {failed || refused ? (
        <p className="caution" role="status">
          <Say it={refused ? "signIns.notEnded" : "door.unanswered"} />
        </p>
      ) : null}
      <ul>
        {(found ?? []).map((one) => (
          <SignInRow key={one.session_id} one={one} onEnd={() => setEnding(one)} />
        ))}
      </ul>
      {ending === null ? (
        <div className="buttons">
          {own.length === 0 ? null : (
            <Button className="end-own" onPress={() => setEnding("own")}>
              <Counted it="signIns.endOwn" count={own.length} />
            </Button>
          )}
          {may("security") && others.length > own.length ? (
            <Button className="end-all" onPress={() => setEnding("all")}>
              <Counted it="signIns.endAll" count={others.length} />
            </Button>
          ) : null}
        </div>
      ) : (
        <EndQuestion of={ending} count={ending === "own" ? own.length : others.length} onEnd={() => void end(ending)} onClose={() => setEnding(null)} />
      )}
    </section>
  );
}

const endOf = (what: Ending): Promise<unknown> => (typeof what === "string" ? api.endSignIns(what) : api.endSignIn(what.session_id));

const isGone = (error: unknown): boolean => error instanceof Object && "reason" in error && error.reason === "session-unknown";

function SignInRow({ one, onEnd }: { one: OpenSession; onEnd: () => void }): ReactNode {
  const { site } = useConsole();
  const called = useCalled();
  useSlice("clock");
  const now = store.nowMs() || Date.now();
  const time = (it: Key, tMs: number): ReactNode => (
    <span>
      <Say it={it} time={moment(tMs, now, site.utc_offset_s)} />
    </span>
  );
  return (
    <li data-session={one.session_id} data-this={one.is_this}>
      <strong dir="auto">{called(one.name)}</strong>
      {one.is_this ? (
        <em>
          <Say it="signIns.this" />
        </em>
      ) : (
        <Button className="small" onPress={onEnd}>
          <Say it="signIns.end" />
        </Button>
      )}
      <small className="muted">
        <span>
          <Say it="signIns.at" address={one.address === "" ? "–" : one.address} />
        </span>
        {time("signIns.since", one.opened_t_ms)}
        {time("signIns.used", one.used_t_ms)}
        {time("signIns.until", one.until_t_ms)}
      </small>
    </li>
  );
}

/** Whoever is signed out hears no alarm there: it is asked once more. */
function EndQuestion({ of, count, onEnd, onClose }: { of: Ending; count: number; onEnd: () => void; onClose: () => void }): ReactNode {
  const called = useCalled();
  const { alarms } = useSlice("counters").state;
  return (
    <div className="end-question" role="group">
      <p>{typeof of === "string" ? <Counted it={of === "own" ? "signIns.askOwn" : "signIns.askAll"} count={count} /> : <Say it="signIns.askOne" name={called(of.name)} address={of.address} />}</p>
      {alarms.some((alarm) => alarm.state === "active") ? (
        <p className="caution grave">
          <Say it="signIns.alarmActive" />
        </p>
      ) : null}
      <div className="buttons">
        <Button className="primary" autoFocus onPress={onClose}>
          <Say it="action.cancel" />
        </Button>
        <Button className="end-now" onPress={onEnd}>
          <Say it="signIns.endNow" />
        </Button>
      </div>
    </div>
  );
}
