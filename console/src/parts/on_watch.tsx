/** Who is there to act; that nobody is, where the site works by watches. */
import type { ReactNode } from "react";
import { useSlice } from "../picture/store";
import { Say, useCalled } from "./words";

export function OnWatch({ className }: { className: string }): ReactNode {
  const { watch, notices } = useSlice("counters").state;
  const called = useCalled();
  if (watch.holder === "" && !notices.includes("watch-nobody")) return null;
  return (
    <p className={className}>
      {watch.holder === "" ? (
        <strong>
          <Say it="onWatch.nobody" />
        </strong>
      ) : (
        <>
          <Say it="onWatch.is" /> <bdi>{called(watch.holder)}</bdi>
        </>
      )}
    </p>
  );
}
