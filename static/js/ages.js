// How old things are, in words and in looks. The same rules as in the views
// that draw a page first; pure, so that a test can hold them side by side.

/**
 * @param {number} ms
 * @returns {string} "6 s", "22 m", "3 h", "2 d"
 */
export function age(ms) {
  const s = Math.floor(Math.max(ms, 0) / 1000);
  if (s < 90) return `${s} s`;
  if (s < 90 * 60) return `${Math.floor(s / 60)} m`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86400)} d`;
}

/**
 * @param {number} ms
 * @returns {string} as a stopwatch: "02:14", "3:02:14"
 */
export function elapsed(ms) {
  const s = Math.floor(Math.max(ms, 0) / 1000);
  const two = (/** @type {number} */ n) => String(n).padStart(2, "0");
  if (s < 3600) return `${two(Math.floor(s / 60))}:${two(s % 60)}`;
  return `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

/**
 * @param {number} ms
 * @returns {string} hours and minutes: "0:41"
 */
export function timeLeft(ms) {
  const m = Math.floor(Math.max(ms, 0) / 60_000);
  return `${Math.floor(m / 60)}:${String(m % 60).padStart(2, "0")}`;
}

/**
 * @param {string} text three ages in seconds: ageing, stale, gone
 * @returns {number[]} the same in ms
 */
export function bounds(text) {
  return (text || "").split(" ").map((s) => (s === "" ? Infinity : Number(s) * 1000));
}

/** The looks, the freshest first. */
export const LOOKS = ["fresh", "ageing", "stale", "gone"];

/**
 * An age that is not known never looks fresh.
 * @param {number} old ms
 * @param {number[]} limits as bounds gives them
 * @returns {string} one of LOOKS
 */
export function look(old, [ageing = Infinity, stale = Infinity, gone = Infinity]) {
  if (!(old <= gone)) return "gone";
  if (!(old <= stale)) return "stale";
  if (!(old <= ageing)) return "ageing";
  return "fresh";
}

/**
 * @param {string} a
 * @param {string} b
 * @returns {string} the older one
 */
export function older(a, b) {
  return LOOKS.indexOf(a) >= LOOKS.indexOf(b) ? a : b;
}
