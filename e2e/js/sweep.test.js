import { Traces } from "/js/sweep.js";
import { draw, equal, pause, test } from "./harness.js";

const info = (c, extra = {}) => ({ bed: "ICU-12", i: 0, c, mdc: 131330, ref: "MDC_ECG_ELEC_POTL_II", label: "II", unit: "mV", hz: 100, scale: 1, offset: 0, hold: 350, device: "MON1", ...extra });

/** A page with one bed, at a time that the test moves. */
async function bed(lanes = [info(0)]) {
  draw(`<div id="here" class="traces"></div>`);
  const sent = [];
  const page = { now: 1_000_000, sent, traces: new Traces(["12"], () => document.getElementById("here")) };
  page.traces.opened((f) => sent.push(f), () => page.now);
  page.traces.list({ lanes });
  for (const trace of page.traces.all.values()) {
    trace.el.style.cssText = "height:80px;color:rgb(0,255,0);background-color:rgb(0,0,0)";
    trace.canvas.style.cssText = "width:400px;height:80px;display:block";
    trace.resize();
  }
  await pause(30);
  return page;
}

/** Lets time pass in which a lane measures a triangle, or nothing. */
function run(page, ms, measures = true, c = 0) {
  for (let t = 0; t < ms; t += 200) {
    page.now += 200;
    const trace = page.traces.all.get(`0/${c}`);
    if (measures) {
      const samples = Float32Array.from({ length: 20 }, (_, k) => (k < 10 ? k : 20 - k));
      trace.lane.take(page.now, { i: 0, c, gap: Number.isNaN(trace.lane.measuredAt) || !page.wasOn, samples });
    }
    page.wasOn = measures;
    for (const one of page.traces.all.values()) one.draw(page.now);
  }
}

/** How many pixels of each column are not the ground. */
function columns(trace) {
  const { width, height } = trace.canvas;
  const copy = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  copy.drawImage(trace.canvas, 0, 0);
  const { data } = copy.getImageData(0, 0, width, height);
  const count = new Array(width).fill(0);
  const base = trace.ground.match(/\d+/g).slice(0, 3).map(Number);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
    const at = 4 * (y * width + x);
    if (base.some((v, k) => Math.abs(v - data[at + k]) > 40)) count[x]++;
  }
  return count;
}

const only = (page) => [...page.traces.all.values()][0];

test("the page asks for its bed", async () => {
  const page = await bed();
  equal(page.sent, [{ type: "waves", beds: ["12"] }]);
  equal(document.querySelectorAll("#here canvas").length, 1);
});

test("before there is a sample, the trace says NO SIGNAL and draws nothing", async () => {
  const page = await bed();
  run(page, 3000, false);
  equal([only(page).silence.hidden, columns(only(page)).some(Boolean)], [false, false]);
});

test("a waveform is drawn across the canvas, but for the bar ahead of the pen", async () => {
  const page = await bed();
  run(page, 10_000);
  const drawn = columns(only(page));
  equal(only(page).silence.hidden, true);
  const blank = drawn.filter((n) => n === 0).length;
  equal(blank > 0 && blank < drawn.length / 5, true, `${blank} blank columns of ${drawn.length}:`);
});

test("silence is never a flat line: the canvas is blank, in words", async () => {
  const page = await bed();
  run(page, 6000);
  run(page, 3600, false);
  equal([only(page).silence.hidden, columns(only(page)).some(Boolean)], [false, false]);
  equal(only(page).silence.textContent, "NO SIGNAL");
});

test("a short gap stays blank, and what comes after it is where its time is", async () => {
  const page = await bed();
  run(page, 3000);
  run(page, 1000, false);
  run(page, 1600);
  const trace = only(page);
  const pen = page.now - 700;
  const ratio = trace.canvas.width / trace.width;
  const at = (t) => columns(trace)[Math.floor(trace.x(t) * ratio)] > 0;
  // Sent from 4,200 on; the first 200 ms of it were measured 550 ms before.
  equal([at(pen - 100), at(pen - 1500), at(pen - 2600)], [true, false, true]);
});

test("a lane that is no longer listed is gone at once", async () => {
  const page = await bed([info(0), info(1, { label: "Pleth", ref: "MDC_PULS_OXIM_PLETH" })]);
  equal([...document.querySelectorAll("#here b")].map((b) => b.textContent), ["II", "Pleth"]);
  page.traces.list({ lanes: [info(1, { label: "Pleth" })] });
  equal([...document.querySelectorAll("#here b")].map((b) => b.textContent), ["Pleth"]);
  page.traces.opened(() => {}, () => 0);
  equal(document.querySelectorAll("#here canvas").length, 0);
});

test("the gain follows the waveform", async () => {
  const page = await bed();
  run(page, 4000);
  equal([only(page).low, only(page).high], [0, 10]);
});
