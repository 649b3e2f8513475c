/**
 * A dialog with a heading. The alarms stay above it, in sight and in reach: it begins where they end.
 * What opens it by a double click must not shut it, nor press what lies under the pointer.
 */
import { type ReactNode, useLayoutEffect, useState } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";
import { useNoSecondClick } from "./second_click";

export function ChoiceDialog(properties: {
  title: ReactNode;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
}): ReactNode {
  const startPx = useAlarmsEnd(properties.isOpen);
  useNoSecondClick(properties.isOpen);
  return (
    <ModalOverlay
      className="dialog-ground"
      style={{ paddingBlockStart: startPx }}
      isOpen={properties.isOpen}
      onOpenChange={(open) => {
        if (!open) properties.onClose();
      }}
      isDismissable
    >
      <Modal className="dialog" style={{ maxBlockSize: `calc(100vh - ${startPx + 24}px)` }}>
        <Dialog>
          <Heading slot="title">{properties.title}</Heading>
          {properties.children}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}

/** Where the alarms end, in pixels from the top, for as long as a dialog is open. */
function useAlarmsEnd(isOpen: boolean): number {
  const [endPx, setEndPx] = useState(0);
  useLayoutEffect(() => {
    const alarms = document.querySelector(".alarms");
    if (!isOpen || alarms === null) return;
    const measure = (): void => setEndPx(Math.max(0, alarms.getBoundingClientRect().bottom));
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(alarms);
    window.addEventListener("resize", measure);
    return () => {
      observer.disconnect();
      window.removeEventListener("resize", measure);
    };
  }, [isOpen]);
  return endPx;
}
