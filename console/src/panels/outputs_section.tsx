/** Every way out: whom it serves, whether it is known to work, its last drill, and a button for the next. */
import { type ReactNode } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { clock, date, fixed, known } from "../i18n/numbers";
import { NotYours } from "../parts/permitted";
import { Trouble } from "../parts/trouble";
import { SaidToBe } from "../parts/said_to_be";
import { Label, Say, useCalled, Zone } from "../parts/words";
import { type DrillStep, drillSteps } from "../picture/telling";
import type { Drill, DrillRow, Output, OutputHealth, Telling } from "../wire";

export function OutputsSection({ telling }: { telling: Telling }): ReactNode {
  const health = new Map(telling.health.map((one) => [one.output_id, one]));
  return (
    <section className="outputs">
      <h3>
        <Say it="outputs.title" />
      </h3>
      {telling.outputs.length === 0 ? (
        <p className="caution">
          <Say it="outputs.none" />
        </p>
      ) : null}
      <ul>
        {telling.outputs.map((output) => (
          <OutputRow key={output.output_id} output={output} health={health.get(output.output_id)} />
        ))}
      </ul>
      {telling.outputs.length === 0 ? null : <Drills telling={telling} />}
    </section>
  );
}

/** One output: its fault first, if it has one; then what is known of it. */
function OutputRow({ output, health }: { output: Output; health: OutputHealth | undefined }): ReactNode {
  return (
    <li data-output={output.output_id} data-serving={output.is_serving} data-fault={health?.fault ?? ""}>
      <p>
        <bdi>{output.output_id}</bdi> <small className="muted">{output.standard}</small>{" "}
        <small>
          <Say it={output.is_serving ? "outputs.serving" : "outputs.idle"} />
        </small>{" "}
        {(output.zone_ids.length === 0 ? [""] : output.zone_ids).map((id, place) => (
          <small key={id}>
            {place === 0 ? "" : " · "}
            <Zone id={id} />
          </small>
        ))}
      </p>
      {health === undefined ? null : <Known output={output} health={health} />}
    </li>
  );
}

function Known({ output, health }: { output: Output; health: OutputHealth }): ReactNode {
  return (
    <>
      {health.fault === "" ? null : (
        <p className="output-fault">
          <strong>
            <Label group="outputFault" code={health.fault} />
          </strong>
        </p>
      )}
      <p className="hops muted">
        {health.link === "untold" ? null : (
          <span data-link={health.link}>
            <Say it={health.link === "up" ? "outputs.link.up" : "outputs.link.down"} /> <Moment of={health.since_t_ms} />
            {" · "}
          </span>
        )}
        <Say it="outputs.worked" /> <Moment of={health.worked_t_ms} />
        {" · "}
        {output.for_drills ? (
          <>
            <Say it="outputs.drilled" /> <Moment of={health.drilled_t_ms} />
            {health.drilled_t_ms === null ? null : (
              <>
                {" "}
                <Label group="verdict" code={health.drill_verdict} />
              </>
            )}
          </>
        ) : (
          <Say it="outputs.neverTried" />
        )}
      </p>
      {health.link !== "down" || health.code === "" ? null : (
        <p className="note">
          <Trouble code={health.code} />
        </p>
      )}
    </>
  );
}

/** A moment by the site's clock; with its date where that is another. */
function Moment({ of }: { of: number | null }): ReactNode {
  const { site } = useConsole();
  if (of === null) return <Say it="outputs.never" />;
  const day = date(of, site.utc_offset_s);
  const today = date(Date.now(), site.utc_offset_s);
  return (
    <bdi className="number" dir="ltr">
      {day === today ? "" : `${day} `}
      {clock(of, site.utc_offset_s)}
    </bdi>
  );
}

/** The last drill as a table, when the next is due, and the button. */
function Drills({ telling }: { telling: Telling }): ReactNode {
  const { act, may } = useConsole();
  const { drilling } = telling;
  return (
    <div className="drills">
      <h3>
        <Say it="drill.title" />
      </h3>
      {drilling.last === null ? (
        <p className="muted">
          <Say it="drill.none" />
        </p>
      ) : (
        <LastDrill drill={drilling.last} />
      )}
      {drilling.next_t_ms === null ? null : (
        <p className="muted">
          <Say it="drill.next" /> <Moment of={drilling.next_t_ms} />
        </p>
      )}
      {drilling.skipped_t_ms === null ? null : (
        <p className="muted">
          <Label group="drill.skipped" code={drilling.skipped} /> <Moment of={drilling.skipped_t_ms} />
        </p>
      )}
      {telling.outputs.some((output) => output.for_drills) ? <NotYours it="drill" /> : null}
      {may("drill") && telling.outputs.some((output) => output.for_drills) ? (
        <Button className="small" onPress={() => void act({ action: "try_outputs", output_ids: [] })}>
          <Say it="outputs.try" />
        </Button>
      ) : null}
    </div>
  );
}

const STEPS: DrillStep[] = ["sent", "accepted", "actuated", "confirmed"];

function LastDrill({ drill }: { drill: Drill }): ReactNode {
  const called = useCalled();
  return (
    <table className="drill" data-over={drill.is_over}>
      <caption>
        <Moment of={drill.begun_t_ms} /> · {drill.by === "" ? <Say it="drill.byItself" /> : <bdi>{called(drill.by)}</bdi>}
        {" · "}
        <Say it="drill.seconds" />
        {drill.is_over ? null : (
          <>
            {" · "}
            <strong>
              <Say it="drill.goesOn" />
            </strong>
          </>
        )}
      </caption>
      <thead>
        <tr>
          <th scope="col">
            <Say it="drill.output" />
          </th>
          <th scope="col">
            <Say it="drill.result" />
          </th>
          {STEPS.map((step) => (
            <th key={step} scope="col">
              <Label group="drill.step" code={step} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {drill.rows.map((row) => (
          <Row key={row.output_id} row={row} begunMs={drill.begun_t_ms} />
        ))}
      </tbody>
    </table>
  );
}

function Row({ row, begunMs }: { row: DrillRow; begunMs: number }): ReactNode {
  const called = useCalled();
  const { delivery } = row;
  if (delivery === null) {
    return (
      <tr className="muted" data-output={row.output_id} data-verdict="untried">
        <th scope="row">
          <bdi>{row.output_id}</bdi>
        </th>
        <td colSpan={5}>
          <Say it={row.for_drills ? "drill.notAsked" : "drill.notMarked"} />
        </td>
      </tr>
    );
  }
  const spans = drillSteps(delivery, begunMs);
  return (
    <>
      <tr data-output={row.output_id} data-verdict={row.verdict}>
        <th scope="row">
          <bdi>{row.output_id}</bdi>
        </th>
        <td>
          <strong>
            <Label group="verdict" code={row.verdict} />
          </strong>
        </td>
        {STEPS.map((step) => (
          <td key={step} className="number" dir="ltr">
            {known(spans[step], (s) => fixed(s, 2))}
          </td>
        ))}
      </tr>
      {delivery.said_to_be.length === 0 ? null : (
        <tr className="drill-note">
          <td colSpan={6}>
            <SaidToBe names={delivery.said_to_be} />
          </td>
        </tr>
      )}
      {delivery.confirmed_by.length === 0 && (row.verdict !== "failed" || delivery.code === "") ? null : (
        <tr className="drill-note">
          <td colSpan={6}>
            {delivery.confirmed_by.length === 0 ? (
              <Trouble code={delivery.code} />
            ) : (
              <Say it="telling.confirmedBy" names={delivery.confirmed_by.map(called).join(", ")} />
            )}
          </td>
        </tr>
      )}
    </>
  );
}
