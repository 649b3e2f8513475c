/** The mark of a level: a shape of its own and a word, never colour alone. */
import type { ReactNode } from "react";
import { Label } from "./words";

const SHAPES = [
  <circle key="0" cx="8" cy="8" r="4" />,
  <path key="1" d="M8 2.5 13.5 8 8 13.5 2.5 8Z" />,
  <path key="2" d="M8 1.8 15 14H1Z" />,
  <path key="3" d="M5 1h6l4 4v6l-4 4H5l-4-4V5Z" />,
];

export function LevelShape({ level }: { level: number }): ReactNode {
  return (
    <svg className="level-shape" viewBox="0 0 16 16" aria-hidden="true">
      {SHAPES[level]}
    </svg>
  );
}

export function LevelMark({ level }: { level: number }): ReactNode {
  return (
    <span className="level" data-level={level}>
      <LevelShape level={level} />
      <span>
        <Label group="level" code={level} />
      </span>
    </span>
  );
}
