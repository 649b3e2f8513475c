/** Alarms that go out only once a person says so: under the alarms, with the time until the rule decides. */
import { type ReactNode } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { LevelShape } from "../parts/level_mark";
import { NotYours } from "../parts/permitted";
import { Label, LOCAL_OPERATOR, Say, useCalled, usePlain, ZoneTitle } from "../parts/words";
import { timeLeft } from "../i18n/numbers";
import { type Decision, decisions } from "../picture/telling";
import { useSlice } from "../picture/store";

export function ReleaseStrip(): ReactNode {
  const store = useSlice("clock");
  useSlice("alarms");
  useSlice("counters");
  const say = usePlain();
  const asked = store.over ? [] : decisions(store.state.telling, store.state.alarms, store.nowMs());
  if (asked.length === 0) return null;
  return (
    <section className="releases" aria-label={say("release.region")} aria-live="assertive" data-react-aria-top-layer="true">
      {asked.map((decision) => (
        <Question key={`${decision.pending.alarm_id} ${decision.pending.output_ids.join(" ")}`} decision={decision} />
      ))}
    </section>
  );
}

function Question({ decision }: { decision: Decision }): ReactNode {
  const { act, may, session } = useConsole();
  const called = useCalled();
  const { pending, zoneId, stage } = decision;
  const name = session.name ?? LOCAL_OPERATOR;
  const named = [...pending.deciders, ...pending.deputies];
  const decides = pending.deciders.length === 0 || named.includes(name);
  const countersigns = may("countersign");
  const has = pending.released_by.includes(name) || (pending.wants_supervisor && !countersigns);
  return (
    <article className="release" data-alarm={pending.alarm_id} data-withheld={pending.withheld_by !== ""}>
      <LevelShape level={stage} />
      <p>
        <strong>
          <Label group="alarm.stage" code={stage} /> · <ZoneTitle id={zoneId} />
        </strong>{" "}
        <Say it="release.question" outputs={pending.output_ids.join(", ")} />{" "}
        {pending.people === 2 ? <Say it="release.two" names={pending.released_by.map(called).join(", ") || "–"} /> : null}
        {pending.wants_supervisor ? (
          <strong>
            {" "}
            <Say it="release.supervisor" />
          </strong>
        ) : null}
        {pending.deciders.length === 0 ? null : (
          <small className="muted">
            {" "}
            <Say it="release.deciders" names={pending.deciders.map(called).join(", ")} />
          </small>
        )}
      </p>
      <p className="release-time">
        <Consequence decision={decision} />
      </p>
      {may("release") && decides ? (
        <div className="buttons">
          <Button
            className="primary"
            isDisabled={has}
            onPress={() => void act({ action: "release", alarm_id: pending.alarm_id })}
          >
            <Say it="release.do" />
          </Button>
          {pending.withheld_by !== "" ? null : pending.people === 2 && !countersigns ? (
            <NotYours it="countersign" />
          ) : (
            <Button onPress={() => void act({ action: "withhold", alarm_id: pending.alarm_id, reason: "" })}>
              <Say it="release.withhold" />
            </Button>
          )}
        </div>
      ) : (
        <NotYours it="release" />
      )}
    </article>
  );
}

/** What happens if nobody does anything, and when. */
function Consequence({ decision }: { decision: Decision }): ReactNode {
  const called = useCalled();
  const { pending, leftS, deputyAsked } = decision;
  const left = (
    <bdi className="number" dir="ltr">
      {timeLeft(Math.max(0, leftS))}
    </bdi>
  );
  if (pending.withheld_by !== "") {
    return (
      <>
        <Say it="release.withheldBy" name={called(pending.withheld_by)} /> {left}
      </>
    );
  }
  if (pending.undecided === "withhold" && leftS <= 0) return <Say it="release.waits" />;
  return (
    <>
      {deputyAsked && pending.deputies.length === 0 ? (
        <strong>
          <Say it="release.deputy" />{" "}
        </strong>
      ) : null}
      {pending.deputies.length === 0 ? null : <Deputies names={pending.deputies} asked={deputyAsked} />}
      <Say it={pending.undecided === "release" ? "release.goesOut" : "release.staysBack"} /> {left}
    </>
  );
}

/** Who stands in, and the number to call, once it is their turn. */
function Deputies({ names, asked }: { names: string[]; asked: boolean }): ReactNode {
  const { card } = useConsole();
  const called = useCalled();
  const told = names.map((name) => {
    const phone = card?.people.find((person) => person.name === name)?.phone ?? "";
    return asked && phone !== "" ? `${called(name)} (\u2066${phone}\u2069)` : called(name);
  });
  const words = <Say it={asked ? "release.deputyNamed" : "release.deputyThen"} names={told.join(", ")} />;
  return asked ? <strong className="deputies">{words} </strong> : <small className="deputies muted">{words} </small>;
}
