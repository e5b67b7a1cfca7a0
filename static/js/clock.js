// Server time, as well as a browser can know it. Ages are differences of this
// clock and never of the computer's own, which may be wrong or jump.

/** How many of the newest minutes decide; see ServerClock. */
const MINUTE = 60_000;

/**
 * ServerClock follows the server's clock by the times that frames carry. A
 * frame that was held up on its way would set the clock back, so the frame
 * that came quickest in the last two minutes decides.
 */
export class ServerClock {
  /** @param {() => number} monotonic milliseconds that never jump */
  constructor(monotonic = () => performance.now()) {
    this.monotonic = monotonic;
    this.reset();
  }

  /** Forgets everything: another process speaks, with perhaps another clock. */
  reset() {
    this.best = -Infinity;
    this.before = -Infinity;
    this.turn = -Infinity;
  }

  /**
   * Takes in the time of a frame that has just come.
   * @param {number} at server time in ms
   */
  heard(at) {
    const here = this.monotonic();
    if (here - this.turn > MINUTE) {
      this.before = this.best;
      this.best = -Infinity;
      this.turn = here;
    }
    this.best = Math.max(this.best, at - here);
  }

  /** Server time now, in ms; NaN before the first frame. */
  now() {
    const offset = Math.max(this.best, this.before);
    return offset === -Infinity ? NaN : this.monotonic() + offset;
  }
}

/**
 * Writes times of day in a unit's zone.
 * @param {string} zone IANA name
 * @returns {(at: number) => string} "14:03:12"
 */
export function timeOfDay(zone) {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone || "UTC", hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  });
  return (at) => format.format(at);
}
