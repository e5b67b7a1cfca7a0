// Waveforms as they come: reads the binary frames that doc/live-protocol.md
// describes, and keeps the last seconds of each lane by server time.

/** Samples kept of a lane: eight seconds at 500 a second. */
const KEPT = 4096;
/** A lane that begins again this close to where it was goes on without a gap. */
const SAME = 60;
const NO_SAMPLE = -32768;
const HEADER = 16, LANE = 12;

/**
 * @typedef {{bed: string, i: number, c: number, mdc: number, ref: string, label: string, unit: string,
 *   hz: number, scale: number, offset: number, hold: number, device: string}} LaneInfo one of a waves frame
 * @typedef {{i: number, c: number, gap: boolean, samples: Float32Array}} Piece digits; NaN where nothing was measured
 */

/**
 * Reads a binary frame.
 * @param {ArrayBuffer} buffer
 * @returns {{at: number, pieces: Piece[]} | null} null for a frame of another kind
 */
export function readFrame(buffer) {
  const v = new DataView(buffer);
  if (v.byteLength < HEADER || v.getUint8(0) !== 1 || v.getUint8(1) !== 1) return null;
  /** @type {Piece[]} */
  const pieces = [];
  let at = HEADER;
  for (let lanes = v.getUint16(2, true); lanes > 0; lanes--) {
    const n = v.getUint16(at + 6, true);
    const scale = v.getInt16(at + 8, true), offset = v.getInt16(at + 10, true);
    const samples = new Float32Array(n);
    for (let k = 0; k < n; k++) {
      const x = v.getInt16(at + LANE + 2 * k, true);
      samples[k] = x === NO_SAMPLE ? NaN : offset + scale * x;
    }
    pieces.push({ i: v.getUint16(at, true), c: v.getUint8(at + 2), gap: (v.getUint8(at + 3) & 1) !== 0, samples });
    at += LANE + 2 * n;
  }
  return { at: v.getFloat64(8, true), pieces };
}

/** A lane: its newest samples, numbered from where it began. */
export class Lane {
  /** @param {LaneInfo} info */
  constructor(info) {
    this.info = info;
    this.step = 1000 / info.hz; // ms
    this.ring = new Float32Array(KEPT);
    this.start = NaN; // server time of sample 0
    this.end = 0; // the number after the last sample
    this.measuredAt = NaN; // server time of the newest sample that was measured
  }

  /** @param {number} n */
  timeOf(n) {
    return this.start + n * this.step;
  }

  /**
   * The first sample at or after a time that is still held.
   * @param {number} t
   */
  numberAt(t) {
    return Math.max(Math.ceil((t - this.start) / this.step), this.end - KEPT, 0);
  }

  /** @param {number} n a sample that is held */
  value(n) {
    return this.info.offset + this.info.scale * (this.ring[n % KEPT] ?? NaN);
  }

  /**
   * Takes samples: they follow those before, or after a gap end as long ago
   * as the server holds them.
   * @param {number} at server time of the frame
   * @param {Piece} piece
   */
  take(at, piece) {
    if (piece.gap) this.anchor(at - this.info.hold - (piece.samples.length - 1) * this.step);
    if (Number.isNaN(this.start)) return; // its beginning was missed; it begins again within a minute
    for (const x of piece.samples) {
      this.ring[this.end % KEPT] = x;
      if (!Number.isNaN(x)) this.measuredAt = this.timeOf(this.end);
      this.end++;
    }
  }

  /** @param {number} t server time of the next sample */
  anchor(t) {
    const missing = t - this.timeOf(this.end);
    const n = Math.round(missing / this.step);
    if (Math.abs(missing) < SAME) {
      this.start += missing;
    } else if (n > 0 && n < KEPT) {
      for (let k = 0; k < n; k++) this.ring[this.end++ % KEPT] = NaN;
      this.start = t - this.end * this.step;
    } else { // nothing before it, or a clock that was set
      this.start = t;
      this.end = 0;
    }
  }
}
