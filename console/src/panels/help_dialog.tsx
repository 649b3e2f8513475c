/** The keys. */
import type { ReactNode } from "react";
import { Button } from "react-aria-components";
import type { Key } from "../i18n/wording";
import { ChoiceDialog } from "../parts/choice_dialog";
import { Say } from "../parts/words";

const KEYS: [string, Key][] = [
  ["A / Space", "help.acknowledge"],
  ["Shift + A", "help.acknowledgeAll"],
  ["Enter", "help.press"],
  ["1 … 9", "help.question"],
  ["↑ ↓", "help.move"],
  ["T / I / F", "help.panels"],
  ["H", "help.home"],
  ["L", "help.language"],
  ["Esc", "help.clear"],
];

export function HelpDialog({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }): ReactNode {
  return (
    <ChoiceDialog isOpen={isOpen} onClose={onClose} title={<Say it="help.title" />}>
      <dl className="keys">
        {KEYS.map(([keys, meaning]) => (
          <div key={keys}>
            <dt>
              <kbd dir="ltr">{keys}</kbd>
            </dt>
            <dd>
              <Say it={meaning} />
            </dd>
          </div>
        ))}
      </dl>
      <div className="buttons">
        <Button className="primary" onPress={onClose}>
          <Say it="action.close" />
        </Button>
      </div>
    </ChoiceDialog>
  );
}
