/** What falls, over the map: how many rounds, when the first and the last, the zones at risk; what is not known. */
import type { ReactNode } from "react";
import { useConsole } from "../context";
import { clock, timeLeft } from "../i18n/numbers";
import { Counted, Label, Say, Zone } from "../parts/words";
import { fallsOf, percent, type ZoneRisk } from "../picture/falls";
import { useSlice } from "../picture/store";

const ZONES_MAX = 6;

export function FallsBox(): ReactNode {
  const store = useSlice("clock");
  useSlice("counters");
  const { site } = useConsole();
  const nowMs = store.nowMs();
  const falls = fallsOf(store.state.impacts, nowMs);
  const areas = store.state.keepOuts;
  if (falls.rounds === 0 && areas.length === 0) return null;
  return (
    <section className="falls-box" data-rounds={falls.rounds}>
      {falls.rounds === 0 ? null : (
        <h3>
          <Counted it="falls.rounds" count={falls.rounds} />
        </h3>
      )}
      {falls.firstMs === null || falls.lastMs === null ? null : (
        <p>
          <Say it="falls.first" /> <Left atMs={falls.firstMs} nowMs={nowMs} />
          {falls.rounds < 2 ? null : (
            <>
              {" · "}
              <Say it="falls.last" /> <Left atMs={falls.lastMs} nowMs={nowMs} />
            </>
          )}
        </p>
      )}
      {falls.zones.length === 0 ? null : (
        <ul>
          {falls.zones.slice(0, ZONES_MAX).map((risk) => (
            <Risk key={risk.zoneId} risk={risk} nowMs={nowMs} />
          ))}
        </ul>
      )}
      {falls.rounds > 0 && falls.zones.length === 0 && falls.unplaced === 0 ? (
        <p>
          <Say it="falls.nowhere" />
        </p>
      ) : null}
      {falls.unplaced === 0 ? null : (
        <p>
          <Counted it="falls.unplaced" count={falls.unplaced} />
        </p>
      )}
      {falls.doubts.map((doubt) => (
        <p key={doubt} className="muted">
          <Label group="falls.doubt" code={doubt} />
        </p>
      ))}
      {areas.map((area) => (
        <p key={`${area.t_ms} ${area.track_ids.join(" ")}`} className="keep-out">
          {area.until_t_ms > nowMs ? <Say it="falls.keepOut" at={clock(area.until_t_ms, site.utc_offset_s)} /> : <Say it="falls.debrisLies" />}
        </p>
      ))}
    </section>
  );
}

function Risk({ risk, nowMs }: { risk: ZoneRisk; nowMs: number }): ReactNode {
  return (
    <li data-zone={risk.zoneId} data-level={risk.level}>
      <Zone id={risk.zoneId} />{" "}
      <bdi className="number" dir="ltr">
        {percent(risk.probability)}
      </bdi>
      {risk.soonestMs === null ? null : <Left atMs={risk.soonestMs} nowMs={nowMs} />}
    </li>
  );
}

function Left({ atMs, nowMs }: { atMs: number; nowMs: number }): ReactNode {
  return (
    <bdi className="number left" dir="ltr" role="timer">
      {timeLeft((atMs - nowMs) / 1000)}
    </bdi>
  );
}
