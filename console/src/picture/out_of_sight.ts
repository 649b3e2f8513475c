/** Which of some listed things are out of sight: scrolled away, or cut by so much that they cannot be read. */
import { type RefObject, useEffect, useState } from "react";

const SEEN_RATIO = 0.6; // of its area; less is a line of it

/**
 * The ids of those that match and are out of sight in a frame.
 *
 * attribute   the one that has the id
 * ids         of all, in their order: what makes the question a new one
 */
export function useOutOfSight(frame: RefObject<HTMLElement | null>, attribute: string, ids: readonly string[]): string[] {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const key = ids.join(" ");
  useEffect(() => {
    const { current } = frame;
    if (current === null || key === "") return setHidden(new Set());
    const observer = new IntersectionObserver(
      (entries) =>
        setHidden((before) => {
          const after = new Set(before);
          for (const { target, intersectionRatio } of entries) {
            const id = target.getAttribute(attribute) ?? "";
            if (intersectionRatio < SEEN_RATIO) after.add(id);
            else after.delete(id);
          }
          return after;
        }),
      { threshold: [0, SEEN_RATIO] },
    );
    current.querySelectorAll(`[${attribute}]`).forEach((one) => observer.observe(one));
    return () => observer.disconnect();
  }, [frame, attribute, key]);
  return ids.filter((id) => hidden.has(id));
}
