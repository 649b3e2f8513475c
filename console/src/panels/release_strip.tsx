/** Alarms that go out only once a person says so: under the alarms, with the time until the rule decides. */
import { type ReactNode } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { LevelShape } from "../parts/level_mark";
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
  const { act, mayAct, session } = useConsole();
  const called = useCalled();
  const { pending, zoneId, stage } = decision;
  const has = pending.released_by.includes(session.name ?? LOCAL_OPERATOR);
  return (
    <article className="release" data-alarm={pending.alarm_id} data-withheld={pending.withheld_by !== ""}>
      <LevelShape level={stage} />
      <p>
        <strong>
          <Label group="alarm.stage" code={stage} /> · <ZoneTitle id={zoneId} />
        </strong>{" "}
        <Say it="release.question" outputs={pending.output_ids.join(", ")} />{" "}
        {pending.people === 2 ? <Say it="release.two" names={pending.released_by.map(called).join(", ") || "–"} /> : null}
      </p>
      <p className="release-time">
        <Consequence decision={decision} />
      </p>
      {mayAct ? (
        <div className="buttons">
          <Button
            className="primary"
            isDisabled={has}
            onPress={() => void act({ action: "release", alarm_id: pending.alarm_id })}
          >
            <Say it="release.do" />
          </Button>
          {pending.withheld_by === "" ? (
            <Button onPress={() => void act({ action: "withhold", alarm_id: pending.alarm_id, reason: "" })}>
              <Say it="release.withhold" />
            </Button>
          ) : null}
        </div>
      ) : null}
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
      {deputyAsked ? (
        <strong>
          <Say it="release.deputy" />{" "}
        </strong>
      ) : null}
      <Say it={pending.undecided === "release" ? "release.goesOut" : "release.staysBack"} /> {left}
    </>
  );
}
