/** The transponder code of a track, loud where it calls for help. */
import type { ReactNode } from "react";
import type { Claim } from "../wire";
import { Label, Say } from "./words";

interface Properties {
  claim: Claim | null;
  /** Nothing for an everyday code. */
  onlyDistress?: boolean;
}

export function SquawkChip({ claim, onlyDistress = false }: Properties): ReactNode {
  if (claim === null || (claim.distress === "" && (onlyDistress || claim.squawk === ""))) return null;
  return (
    <span className="squawk" data-distress={claim.distress}>
      {claim.squawk === "" ? null : (
        <>
          <Say it="claim.squawk" /> <bdi dir="ltr">{claim.squawk}</bdi>
        </>
      )}
      {claim.distress === "" ? null : (
        <strong>
          {" "}
          <Label group="distress" code={claim.distress} />
        </strong>
      )}
    </span>
  );
}
