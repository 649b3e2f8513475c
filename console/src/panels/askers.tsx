/** Sensors that want to speak to the site and may not: an operator admits or refuses them. */
import { type ReactNode, useState } from "react";
import { Button } from "react-aria-components";
import { useConsole } from "../context";
import { NotYours } from "../parts/permitted";
import { Counted, Label, Say, useAge, useCalled, usePlain } from "../parts/words";
import { useSlice } from "../picture/store";
import type { Asker } from "../wire";

const ORDER: Record<Asker["asking"], number> = { asks: 0, claims: 1, refused: 2 };

export function Askers(): ReactNode {
  const store = useSlice("counters");
  const askers = [...store.state.askers].sort((a, b) => ORDER[a.asking] - ORDER[b.asking] || a.first_t_ms - b.first_t_ms);
  return askers.map((asker) => (
    <AskerRow
      key={`${asker.feed} ${asker.node_id} ${asker.asking} ${asker.address}`}
      asker={asker}
      isDisputed={askers.some((other) => other !== asker && other.feed === asker.feed && other.node_id === asker.node_id)}
    />
  ));
}

/** isDisputed: another that asks, claims or was refused uses the same identifier, from another address. */
function AskerRow({ asker, isDisputed }: { asker: Asker; isDisputed: boolean }): ReactNode {
  const store = useSlice("clock");
  const { may } = useConsole();
  const age = useAge();
  const called = useCalled();
  return (
    <li className="asker" data-asking={asker.asking} data-node={asker.node_id}>
      <span className="health-mark" aria-hidden="true">
        {asker.asking === "refused" ? "✕" : "?"}
      </span>
      <span className="sensor-name">
        <bdi>{asker.name}</bdi>
        <small className="muted">
          <Label group="kind" code={asker.kind} />
        </small>
      </span>
      <span className="sensor-health">
        <Label group="asking" code={asker.asking} />
        <small className="muted">
          <Say it="sensors.heard" age={age((store.nowMs() - asker.last_t_ms) / 1000)} />
        </small>
      </span>
      <small className="note">
        <bdi dir="ltr">{asker.node_id}</bdi>
        {asker.address === "" ? null : (
          <>
            {" · "}
            <bdi dir="ltr">{asker.address}</bdi>
          </>
        )}
        {asker.reports === 0 ? null : (
          <>
            {" · "}
            <Counted it="askers.reports" count={asker.reports} />
          </>
        )}
        {asker.by === "" ? null : (
          <>
            {" · "}
            <Say it="askers.refusedBy" name={called(asker.by)} />
          </>
        )}
      </small>
      {asker.asking === "claims" ? null : may("admit") ? <Decide asker={asker} isDisputed={isDisputed} /> : <NotYours it="admit" />}
    </li>
  );
}

/**
 * Yes or no; the yes may hold for the address alone from which it asks now. Where two use one identifier both
 * hold for the address, unless somebody says otherwise: a no to a stranger is none to the sensor it plays.
 */
function Decide({ asker, isDisputed }: { asker: Asker; isDisputed: boolean }): ReactNode {
  const { act } = useConsole();
  const say = usePlain();
  const [chosen, setBound] = useState<boolean | null>(null);
  const bound = chosen ?? isDisputed;
  const { feed, node_id, name, address } = asker;
  return (
    <div className="buttons">
      {address === "" ? null : (
        <label>
          <input type="checkbox" checked={bound} onChange={(event) => setBound(event.target.checked)} />
          <Say it="askers.bound" />
        </label>
      )}
      <Button
        className="small"
        aria-label={say("askers.admitOf", { name })}
        onPress={() => void act({ action: "admit_node", feed, node_id, address: bound ? address : "" })}
      >
        <Say it="askers.admit" />
      </Button>
      {asker.asking === "refused" ? null : (
        <Button
          className="small"
          aria-label={say("askers.refuseOf", { name })}
          onPress={() => void act({ action: "refuse_node", feed, node_id, address: bound ? address : "" })}
        >
          <Say it="askers.refuse" />
        </Button>
      )}
    </div>
  );
}
