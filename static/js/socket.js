// The connection to the live feed. It is opened again for as long as the page
// lives, and it is judged by the server's ticks alone: a connection that is
// open but silent, or brings what the page cannot use, is as lost as a closed
// one.

/** Without a tick for this long, the page says so. */
export const LOST_AFTER = 2_500;
/** Without a tick for this long, an open connection is given up. */
const ABANDON_AFTER = 6_000;
const FIRST_WAIT = 250;
const LONGEST_WAIT = 5_000;
/** The server ends a connection so when its session has ended. */
const NOT_SIGNED_IN = 4401;

/**
 * How long to wait before the next attempt.
 * @param {number} attempt 0 for the first
 * @param {number} chance 0 to 1
 */
export function backoff(attempt, chance) {
  const longest = Math.min(FIRST_WAIT * 2 ** attempt, LONGEST_WAIT);
  return longest / 2 + (longest / 2) * chance;
}

/**
 * @typedef {{lost: boolean, retryAt: number, attempt: number, signedOut: boolean}} State
 */
export class Socket {
  /**
   * @param {string} url
   * @param {{frame: (frame: any) => boolean, binary: (buffer: ArrayBuffer) => void, opened: () => void, state: (s: State) => void}} page
   *   frame tells whether the page is live with it; a binary frame never says so
   */
  constructor(url, page) {
    this.url = new URL(url, location.href);
    this.url.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.page = page;
    this.attempt = 0;
    this.retryAt = 0;
    this.signedOut = false;
    this.heardAt = performance.now();
    /** @type {WebSocket | null} */
    this.ws = null;
    addEventListener("online", () => this.retryNow());
    addEventListener("visibilitychange", () => document.hidden || this.retryNow());
    setInterval(() => this.watch(), 250);
    this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    this.startedAt = performance.now();
    const ws = new WebSocket(this.url, "wardlight.v1");
    this.ws = ws;
    ws.binaryType = "arraybuffer";
    ws.onopen = () => ws === this.ws && this.page.opened();
    ws.onmessage = (e) => {
      if (ws !== this.ws) return;
      if (typeof e.data === "string") this.take(JSON.parse(e.data));
      else this.page.binary(e.data);
    };
    ws.onclose = (e) => ws === this.ws && this.ended(e.code);
  }

  /**
   * A page that cannot draw what comes is as lost as one that hears nothing.
   * @param {any} frame
   */
  take(frame) {
    if (!this.page.frame(frame)) return;
    this.heardAt = performance.now();
    this.attempt = 0;
    this.signedOut = false;
  }

  /** @param {number} code of the close frame */
  ended(code) {
    this.ws = null;
    this.signedOut = code === NOT_SIGNED_IN || this.signedOut;
    const wait = backoff(this.attempt++, Math.random());
    this.retryAt = performance.now() + wait;
    this.timer = setTimeout(() => this.connect(), wait);
  }

  retryNow() {
    if (this.ws) return;
    this.attempt = 0;
    this.connect();
  }

  /** Gives the connection up for a new one. */
  restart() {
    const ws = this.ws;
    this.ws = null;
    this.retryNow();
    ws?.close();
  }

  /** Asks for a snapshot: something between was missed. */
  sync() {
    this.send({ type: "sync" });
  }

  /** @param {object} frame */
  send(frame) {
    if (this.ws?.readyState === WebSocket.OPEN) this.ws.send(JSON.stringify(frame));
  }

  watch() {
    const now = performance.now();
    const silence = now - this.heardAt;
    if (this.ws && silence > ABANDON_AFTER && now - (this.startedAt || 0) > ABANDON_AFTER) {
      const ws = this.ws;
      this.ended(0);
      ws.close();
    }
    this.page.state({ lost: silence > LOST_AFTER, retryAt: this.retryAt, attempt: this.attempt, signedOut: this.signedOut });
  }
}
