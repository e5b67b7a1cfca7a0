// Draws waveforms as a bedside monitor does: a pen that moves with time and
// wipes what is ahead of it. Where it stands follows from the server's clock
// alone: what comes late is not drawn faster, what is missing stays blank, and
// silence is told in words, never by a flat line.

import { Lane, readFrame } from "./wave.js";

/** How long after its sending a sample is drawn, so that the net may be uneven. */
const SLACK = 350;
/** A trace without a sample for this long says so. */
const SILENT = 2_000;
/** 25 mm/s at 96 pixels an inch; a screen that is not calibrated is not exact. */
const PX_PER_S = 25 * 96 / 25.4;
const WIPE = 8; // px ahead of the pen
const RESCALE = 1_000; // ms between looks at the range

/** The colour of a trace is that of the number that is taken from it. */
const CLASSES = [["MDC_ECG_", "hr"], ["MDC_PULS_OXIM", "spo2"], ["MDC_PRESS_BLD", "abp"], ["MDC_RESP", "rr"], ["MDC_AWAY_CO2", "co2"]];

/** One waveform on its canvas. */
export class Trace {
  /** @param {import("./wave.js").LaneInfo} info */
  constructor(info) {
    this.lane = new Lane(info);
    this.el = document.createElement("div");
    const kind = CLASSES.find(([prefix]) => info.ref.startsWith(prefix || ""))?.[1] || "other";
    this.el.className = `trace t-${kind}`;
    const name = document.createElement("b");
    name.textContent = info.label;
    this.silence = document.createElement("span");
    this.silence.className = "no-signal";
    this.silence.textContent = "NO SIGNAL";
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", `${info.label}, waveform from ${info.device}`);
    this.el.append(this.canvas, name, this.silence);
    this.ctx = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d", { alpha: false }));
    this.width = this.height = 0; // CSS px
    this.drawn = NaN; // server time up to which the pen has drawn
    this.low = this.high = NaN;
    this.lookedAt = -Infinity;
    this.resized = new ResizeObserver(() => this.resize());
    this.resized.observe(this.canvas);
  }

  end() {
    this.resized.disconnect();
    this.el.remove();
  }

  resize() {
    const ratio = Math.min(devicePixelRatio, 2);
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.ctx.scale(ratio, ratio);
    const style = getComputedStyle(this.el);
    this.ink = style.color;
    this.ground = style.backgroundColor;
    this.wipe();
  }

  /** Begins the sweep anew; the next frame draws what of it is still held. */
  wipe() {
    this.ctx.fillStyle = this.ground || "#000";
    this.ctx.fillRect(0, 0, this.width, this.height);
    this.drawn = NaN;
  }

  /**
   * Draws up to now.
   * @param {number} now server time
   */
  draw(now) {
    const pen = now - this.lane.info.hold - SLACK;
    const isSilent = !(pen - this.lane.measuredAt < SILENT);
    if (this.silence.hidden === isSilent) {
      this.silence.hidden = !isSilent;
      this.wipe();
    }
    if (isSilent || this.width <= WIPE || Number.isNaN(pen)) return;
    this.rescale(pen);
    const sweep = (this.width / PX_PER_S) * 1000;
    const from = pen - this.drawn < sweep - 500 ? this.drawn : pen - sweep + 500;
    if (pen <= from) return;
    this.clear(from, pen);
    this.line(from, pen);
    this.drawn = pen;
  }

  /** @param {number} t server time */
  x(t) {
    return ((t / 1000) * PX_PER_S) % this.width;
  }

  /**
   * Wipes where the pen goes, and a little ahead of it.
   * @param {number} from
   * @param {number} to
   */
  clear(from, to) {
    this.ctx.fillStyle = this.ground || "#000";
    const x = this.x(from), w = ((to - from) / 1000) * PX_PER_S + WIPE;
    this.ctx.fillRect(x, 0, w, this.height);
    if (x + w > this.width) this.ctx.fillRect(0, 0, x + w - this.width, this.height);
  }

  /**
   * Draws the samples between two times, each by a line from the one before.
   * @param {number} from
   * @param {number} to
   */
  line(from, to) {
    const { lane, ctx } = this;
    ctx.strokeStyle = this.ink || "#fff";
    ctx.lineWidth = 1.5;
    ctx.lineJoin = "round";
    ctx.beginPath();
    let before = NaN;
    for (let n = Math.max(lane.numberAt(from) - 1, lane.numberAt(-Infinity)); n < lane.end; n++) {
      const t = lane.timeOf(n);
      if (t > to) break;
      const x = this.x(t), y = this.y(lane.value(n));
      if (Number.isNaN(y)) {
        before = NaN;
        continue;
      }
      if (x >= before) ctx.lineTo(x, y); // false after a gap, and where the pen goes back to the edge
      else ctx.moveTo(x, y);
      before = x;
    }
    ctx.stroke();
  }

  /** @param {number} v */
  y(v) {
    const span = this.high - this.low || 1;
    return this.height * (0.92 - 0.84 * ((v - this.low) / span));
  }

  /**
   * Keeps the trace within its canvas: when it leaves it, or fills little of
   * it, the whole sweep is drawn anew at another gain.
   * @param {number} pen
   */
  rescale(pen) {
    if (pen - this.lookedAt < RESCALE) return;
    this.lookedAt = pen;
    let low = Infinity, high = -Infinity;
    for (let n = this.lane.numberAt(pen - 4_000); n < this.lane.end; n++) {
      const v = this.lane.value(n);
      if (v < low) low = v;
      if (v > high) high = v;
    }
    if (low > high) return;
    const isOut = !(low >= this.low - 0.08 * (this.high - this.low) && high <= this.high + 0.08 * (this.high - this.low));
    if (!isOut && high - low > 0.4 * (this.high - this.low)) return;
    if (!isOut && high === low) return;
    this.low = low;
    this.high = high;
    this.wipe();
  }
}

/** All traces of a page, and the one loop that draws them. */
export class Traces {
  /**
   * @param {string[]} beds as the server calls them: "12"
   * @param {(bed: string) => Element | null} place where the traces of a bed go: "ICU-12"
   */
  constructor(beds, place) {
    this.beds = beds;
    this.place = place;
    /** @type {Map<string, Trace>} */
    this.all = new Map();
    this.now = () => NaN;
  }

  /**
   * A connection is open.
   * @param {(frame: object) => void} send
   * @param {() => number} now server time
   */
  opened(send, now) {
    this.now = now;
    this.list({ lanes: [] });
    send({ type: "waves", beds: this.beds });
  }

  /**
   * What is not in the list is over, at once.
   * @param {{lanes: import("./wave.js").LaneInfo[]}} frame
   */
  list(frame) {
    const before = this.all;
    this.all = new Map();
    for (const info of frame.lanes) {
      const key = `${info.i}/${info.c}`;
      const known = before.get(key);
      const trace = known || new Trace(info);
      trace.lane.info = info; // the server may hold it longer than before
      before.delete(key);
      this.all.set(key, trace);
    }
    for (const gone of before.values()) gone.end();
    this.arrange();
    if (this.all.size > 0) this.loop ||= requestAnimationFrame(() => this.draw());
  }

  /** Puts the traces where they belong: a page may have been drawn anew. */
  arrange() {
    for (const trace of this.all.values()) {
      const place = this.place(trace.lane.info.bed);
      if (place && trace.el.parentNode !== place) place.append(trace.el);
    }
  }

  /** @param {ArrayBuffer} buffer */
  frame(buffer) {
    const frame = readFrame(buffer);
    for (const piece of frame?.pieces || []) this.all.get(`${piece.i}/${piece.c}`)?.lane.take(frame?.at || NaN, piece);
  }

  draw() {
    const now = this.now();
    for (const trace of this.all.values()) trace.draw(now);
    this.loop = this.all.size > 0 ? requestAnimationFrame(() => this.draw()) : 0;
  }
}
