import { Lane, readFrame } from "/js/wave.js";
import { equal, test } from "./harness.js";

const info = { bed: "ICU-12", i: 3, c: 1, mdc: 131330, ref: "MDC_ECG_ELEC_POTL_II", label: "II", unit: "mV", hz: 100, scale: 0.5, offset: 10, hold: 350, device: "MON1" };

/** A frame with one lane, written as the protocol says. */
function frame(at, gap, samples, { i = 3, c = 1, scale = 1, offset = 0 } = {}) {
  const v = new DataView(new ArrayBuffer(16 + 12 + 2 * samples.length));
  v.setUint8(0, 1); v.setUint8(1, 1); v.setUint16(2, 1, true); v.setUint32(4, 7, true); v.setFloat64(8, at, true);
  v.setUint16(16, i, true); v.setUint8(18, c); v.setUint8(19, gap ? 1 : 0); v.setUint16(20, 100, true); v.setUint16(22, samples.length, true);
  v.setInt16(24, scale, true); v.setInt16(26, offset, true);
  samples.forEach((x, k) => v.setInt16(28 + 2 * k, x, true));
  return v.buffer;
}

const take = (lane, ...args) => { const f = readFrame(frame(...args)); lane.take(f.at, f.pieces[0]); };
const held = (lane) => Array.from({ length: lane.end }, (_, n) => [Math.round(lane.timeOf(n)), lane.value(n)]);

test("a frame is read as it is written", () => {
  const f = readFrame(frame(1234.5, true, [1, -2, -32768], { i: 300, c: 255 }));
  equal(f.at, 1234.5);
  equal([f.pieces[0].i, f.pieces[0].c, f.pieces[0].gap, [...f.pieces[0].samples]], [300, 255, true, [1, -2, NaN]]);
  equal([...readFrame(frame(0, false, [4], { scale: 3, offset: -5 })).pieces[0].samples], [7]);
});

test("another kind of frame is none", () => {
  equal([readFrame(new ArrayBuffer(3)), readFrame(new ArrayBuffer(16))], [null, null]);
});

test("samples follow each other from where the lane began", () => {
  const lane = new Lane(info);
  take(lane, 10_000, true, [0, 2]); // the last was measured 350 ms ago
  take(lane, 10_200, false, [4, -32768, 6]);
  equal(held(lane), [[9640, 10], [9650, 11], [9660, 12], [9670, NaN], [9680, 13]]);
  equal(Math.round(lane.measuredAt), 9680);
});

test("before it has begun there is nothing", () => {
  const lane = new Lane(info);
  take(lane, 10_000, false, [1, 2]);
  equal(lane.end, 0);
});

test("after a gap time goes on and nothing is known in between", () => {
  const lane = new Lane(info);
  take(lane, 10_000, true, [0]);
  take(lane, 10_100, true, [2]);
  equal(held(lane), [[9650, 10], [9660, NaN], [9670, NaN], [9680, NaN], [9690, NaN], [9700, NaN], [9710, NaN], [9720, NaN], [9730, NaN], [9740, NaN], [9750, 11]]);
});

test("clocks that drift apart are put together without a gap", () => {
  const lane = new Lane(info);
  take(lane, 10_000, true, [0, 0]);
  take(lane, 10_040, true, [2, 2]); // 20 ms later than the samples say
  equal(held(lane).map(([, v]) => v), [10, 10, 11, 11]);
  equal(Math.round(lane.timeOf(3)), 9690);
});

test("memory is bounded, however long it goes on", () => {
  const lane = new Lane(info);
  take(lane, 0, true, new Array(100).fill(1));
  for (let k = 0; k < 200; k++) take(lane, 0, false, new Array(100).fill(k));
  equal([lane.ring.length, lane.numberAt(-Infinity)], [4096, lane.end - 4096]);
});
