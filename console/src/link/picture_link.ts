/** The WebSocket that brings the picture: reconnects for ever, asks for a snapshot after a gap. */
import type { PictureStore } from "../picture/store";
import { WIRE_VERSION, type Message } from "../wire";

const WAIT_MIN_MS = 250;
const WAIT_MAX_MS = 5000;
const SILENCE_MAX_MS = 6000; // the server says something every second
const SIGNED_OUT = 4401;

/** Start following; returns what stops it. onOpen: each new connection, the site may have changed. */
export function followPicture(store: PictureStore, onOpen: () => void): () => void {
  let socket: WebSocket | null = null;
  let wait = WAIT_MIN_MS;
  let timer = 0;
  let silence = 0;
  let stopped = false;

  const listen = (): void => {
    window.clearTimeout(silence);
    silence = window.setTimeout(() => socket?.close(), SILENCE_MAX_MS);
  };

  const connect = (): void => {
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const opened = new WebSocket(`${scheme}://${location.host}/api/picture`);
    socket = opened;
    let greeted = false;
    opened.onmessage = (event: MessageEvent<string>) => {
      const message = JSON.parse(event.data) as Message;
      if (message.version !== WIRE_VERSION) {
        location.reload(); // the server was updated: so is the page
        return;
      }
      if (!greeted) {
        greeted = true;
        wait = WAIT_MIN_MS;
        store.setLink("open");
        onOpen();
      }
      listen();
      if (!store.take(message)) opened.send('{"kind":"resync"}');
    };
    opened.onopen = listen;
    opened.onclose = (event) => {
      window.clearTimeout(silence);
      if (stopped || socket !== opened) return;
      store.setLink(event.code === SIGNED_OUT ? "signed-out" : "lost");
      if (event.code === SIGNED_OUT) return;
      timer = window.setTimeout(connect, wait);
      wait = Math.min(wait * 2, WAIT_MAX_MS);
    };
  };

  connect();
  return () => {
    stopped = true;
    window.clearTimeout(timer);
    window.clearTimeout(silence);
    socket?.close();
  };
}
