/**
 * A dialog with a heading. The alarms stay above it, in sight and in reach: it begins where they end.
 * What opens it by a double click must not shut it, nor press what lies under the pointer.
 */
import { type ReactNode, useLayoutEffect, useRef, useState } from "react";
import { Dialog, Heading, Modal, ModalOverlay } from "react-aria-components";

const DOUBLE_CLICK_MS = 600; // systems take at most 500 ms for one double click

export function ChoiceDialog(properties: {
  title: ReactNode;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
}): ReactNode {
  const openedMs = useRef(0);
  const startPx = useAlarmsEnd(properties.isOpen);
  useLayoutEffect(() => {
    if (properties.isOpen) openedMs.current = performance.now();
  }, [properties.isOpen]);
  return (
    <ModalOverlay
      className="dialog-ground"
      style={{ paddingBlockStart: startPx }}
      isOpen={properties.isOpen}
      onOpenChange={(open) => {
        if (!open) properties.onClose();
      }}
      isDismissable
      shouldCloseOnInteractOutside={() => performance.now() - openedMs.current > DOUBLE_CLICK_MS}
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
