// @ts-check
// Draws the lanes of the trends page from the data that the page carries:
// a band from smallest to largest, a line through the means, dots at the
// limits. Where nothing was measured nothing is drawn; no path crosses a gap.

/** @typedef {{code: string, label: string, ink: string, intermittent: boolean, min: (number|null)[], mean: (number|null)[], max: (number|null)[]}} Series */
/** @typedef {{key: string, label: string, unit: string, usual: [number, number], low?: number, high?: number, series: Series[]}} Lane */
/** @typedef {{from: number, to: number, until: number, step: number, zone: string, lanes: Lane[]}} Chart */
/** @typedef {{Key: string, Drug: string, Unit: string, Top: number, Steps: {At: number, Value: number|null, Written: string}[]}} Rate */

const uPlot = /** @type {any} */ (globalThis).uPlot;
const chart = /** @type {Chart} */ (carried("trend"));
const rates = /** @type {Rate[]} */ (carried("rates") ?? []);
const ratio = () => globalThis.devicePixelRatio || 1;

/** The left edge of every plot, so that all lanes share one time axis. */
const AXIS = 56;
const SYNC = "trends";

/** @param {string} id */
function carried(id) {
  return JSON.parse(document.getElementById(id)?.textContent || "null");
}

/** @param {string} name a custom property of the style sheet */
const ink = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
const font = (/** @type {string} */ size) => `${size} ${ink("--font-fig")}`;

const times = Array.from({ length: Math.round((chart.to - chart.from) / chart.step) }, (_, i) => chart.from + (i + 0.5) * chart.step);
const clock = new Intl.DateTimeFormat("en-GB", { timeZone: chart.zone, hour: "2-digit", minute: "2-digit" });
const withSeconds = new Intl.DateTimeFormat("en-GB", { timeZone: chart.zone, hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { timeZone: chart.zone, day: "numeric", month: "short" });
/** @param {number} seconds */
const at = (seconds) => new Date(seconds * 1000);

/** @param {number[]} splits */
function timeLabels(splits) {
  let before = day.format(at(chart.from));
  return splits.map((t, i) => {
    const today = day.format(at(t));
    const isNew = today !== before || i === 0;
    before = today;
    return clock.format(at(t)) + (isNew ? "\n" + today : "");
  });
}

/** Runs of buckets without a value, of a lane that should have one in each. @param {(number|null)[]} means */
export function gaps(means, from, step, until) {
  const out = [];
  let start = -1;
  for (let i = 0; i <= means.length; i++) {
    const missing = i < means.length && means[i] === null && from + (i + 1) * step <= until;
    if (missing && start < 0) start = i;
    if (!missing && start >= 0) {
      out.push([start, i]);
      start = -1;
    }
  }
  return out;
}

/** The buckets that stand alone, which a line would not show. @param {(number|null)[]} values */
export function lonely(values) {
  return values.flatMap((v, i) => (v !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null ? [i] : []));
}

/** @param {Lane} lane */
function judged(lane) {
  return lane.series.length === 3 ? lane.series[1] : lane.series[0];
}

/** @param {any} u */
function hatch(u) {
  const tile = document.createElement("canvas");
  const size = Math.round(9 * ratio());
  tile.width = tile.height = size;
  const g = /** @type {CanvasRenderingContext2D} */ (tile.getContext("2d"));
  g.strokeStyle = ink("--hatch");
  g.lineWidth = 3 * ratio();
  g.beginPath();
  for (const shift of [-size, 0, size]) {
    g.moveTo(shift - 2, size + 2);
    g.lineTo(shift + size + 2, -2);
  }
  g.stroke();
  return u.ctx.createPattern(tile, "repeat");
}

/** Hatches what is missing and says so where there is room. @param {any} u @param {Lane} lane */
function drawGaps(u, lane) {
  const series = judged(lane);
  if (series.intermittent) return;
  const g = u.ctx;
  g.save();
  for (const [a, b] of gaps(series.mean, chart.from, chart.step, chart.until)) {
    const left = u.valToPos(chart.from + a * chart.step, "x", true);
    const right = u.valToPos(chart.from + b * chart.step, "x", true);
    g.fillStyle = hatch(u);
    g.fillRect(left, u.bbox.top, right - left, u.bbox.height);
    if (right - left > 70 * ratio()) {
      g.fillStyle = ink("--muted");
      g.font = font(`700 ${12 * ratio()}px`);
      g.textAlign = "center";
      g.textBaseline = "top";
      g.fillText("No data", (left + right) / 2, u.bbox.top + 3 * ratio());
    }
  }
  g.restore();
}

/** @param {any} u @param {Lane} lane */
function drawLimits(u, lane) {
  const g = u.ctx;
  g.save();
  g.strokeStyle = ink("--ink");
  g.lineWidth = 1.4 * ratio();
  g.lineCap = "round";
  g.setLineDash([1 * ratio(), 5 * ratio()]);
  for (const limit of [lane.low, lane.high]) {
    if (limit === undefined) continue;
    const y = u.valToPos(limit, "y", true);
    g.beginPath();
    g.moveTo(u.bbox.left, y);
    g.lineTo(u.bbox.left + u.bbox.width, y);
    g.stroke();
  }
  g.restore();
}

/** A cuff measures now and then: each measurement is a bar from diastolic to systolic with its mean. @param {any} u @param {Lane} lane */
function drawCuff(u, lane) {
  const [systolic, mean, diastolic] = lane.series;
  const g = u.ctx;
  const wide = 4 * ratio();
  g.save();
  g.strokeStyle = ink(systolic.ink);
  g.lineWidth = 1.6 * ratio();
  g.beginPath();
  times.forEach((t, i) => {
    const top = systolic.max[i], bottom = diastolic.min[i], middle = mean.mean[i];
    if (top === null || bottom === null) return;
    const x = Math.round(u.valToPos(t, "x", true));
    const high = u.valToPos(top, "y", true), low = u.valToPos(bottom, "y", true);
    for (const y of [high, low]) {
      g.moveTo(x - wide, y);
      g.lineTo(x + wide, y);
    }
    g.moveTo(x, high);
    g.lineTo(x, low);
    if (middle !== null) {
      const y = u.valToPos(middle, "y", true);
      g.moveTo(x + wide, y);
      g.arc(x, y, wide, 0, 2 * Math.PI);
    }
  });
  g.stroke();
  g.restore();
}

/** @param {number} least @param {number} most @param {Lane} lane */
function reach(least, most, lane) {
  const [low, high] = lane.usual;
  return [Math.min(low, least ?? low), Math.max(high, most ?? high)];
}

const axes = (/** @type {number} */ spread) => [
  { show: false, scale: "x", grid: { show: true, stroke: ink("--hair"), width: 1 }, space: 80 },
  {
    size: AXIS, gap: 6, space: spread, stroke: ink("--muted"), font: font("400 12px"),
    grid: { stroke: ink("--hair"), width: 1 }, ticks: { show: false },
  },
];

const shared = {
  legend: { show: false },
  padding: [6, 0, 6, 0],
  tzDate: (/** @type {number} */ t) => uPlot.tzDate(at(t), chart.zone),
  cursor: { y: false, sync: { key: SYNC }, drag: { x: true, y: false, setScale: false }, points: { size: 8 } },
  select: { show: true },
};
const xScale = { time: true, range: [chart.from, chart.to] };

/** Grid lines of time, although a lane shows no axis of its own. @param {any} u */
function drawTimeGrid(u) {
  const g = u.ctx;
  g.save();
  g.strokeStyle = ink("--hair");
  g.lineWidth = 1;
  g.beginPath();
  for (const t of timeSplits()) {
    const x = Math.round(u.valToPos(t, "x", true)) + 0.5;
    g.moveTo(x, u.bbox.top);
    g.lineTo(x, u.bbox.top + u.bbox.height);
  }
  g.stroke();
  g.restore();
}

const strides = [60, 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600, 43200, 86400, 172800, 604800];

/** Whole steps of the unit's own clock, at most twelve of them. */
function timeSplits() {
  const stride = strides.find((s) => (chart.to - chart.from) / s <= 12) ?? 604800;
  const out = [];
  for (let t = Math.ceil(chart.from / 60) * 60; t <= chart.to; t += 60) {
    const [hour, minute] = clock.format(at(t)).split(":").map(Number);
    const isWhole = (hour * 3600 + minute * 60) % Math.min(stride, 86400) === 0;
    if (isWhole && t - (out.at(-1) ?? -Infinity) >= stride / 2) out.push(t);
  }
  return out;
}

/** @param {Lane} lane @param {HTMLElement} place */
function draw(lane, place) {
  const cuff = lane.key === "nibp";
  /** @type {any[]} */
  const data = [times];
  /** @type {any[]} */
  const series = [{}];
  /** @type {any[]} */
  const bands = [];
  for (const s of lane.series) {
    const colour = ink(s.ink);
    const i = series.length;
    const points = { show: true, size: s.intermittent ? 7 : 4, width: 0, fill: colour, stroke: colour, filter: () => (s.intermittent ? undefined : lonely(s.mean)) };
    if (s.intermittent) points.filter = () => /** @type {any} */ (s.mean.flatMap((v, k) => (v === null ? [] : [k])));
    const edge = { stroke: "transparent", width: 0, points: { show: false }, spanGaps: false };
    data.push(s.max, s.min, s.mean);
    series.push({ ...edge, label: s.label + " largest" }, { ...edge, label: s.label + " smallest" });
    series.push({
      label: s.label, stroke: colour, spanGaps: false, width: s === judged(lane) ? 1.8 : 1.2, points: cuff ? { show: false } : points,
      paths: s.intermittent ? () => null : undefined,
    });
    if (!s.intermittent) bands.push({ series: [i, i + 1], fill: translucent(colour) });
  }
  const u = new uPlot({
    ...shared, ...size(place), series, bands, axes: axes(22),
    scales: { x: xScale, y: { range: (/** @type {any} */ _, /** @type {number} */ a, /** @type {number} */ b) => reach(a, b, lane) } },
    hooks: {
      drawClear: [drawTimeGrid, (/** @type {any} */ v) => drawGaps(v, lane)],
      draw: [(/** @type {any} */ v) => drawLimits(v, lane), ...(cuff ? [(/** @type {any} */ v) => drawCuff(v, lane)] : [])],
      setCursor: [(/** @type {any} */ v) => read(v, lane)],
      setSelect: [look],
    },
  }, data, place);
  return u;
}

/** @param {Rate} rate @param {HTMLElement} place */
function drawRate(rate, place) {
  const colour = ink("--p-drug");
  const values = times.map((t) => {
    const last = rate.Steps.findLast((s) => s.At <= t);
    return last && t <= chart.until ? last.Value : null;
  });
  return new uPlot({
    ...shared, ...size(place), axes: axes(18),
    series: [{}, { label: rate.Drug, stroke: colour, fill: translucent(colour), width: 2, spanGaps: false, points: { show: false }, paths: uPlot.paths.stepped({ align: 1 }) }],
    scales: { x: xScale, y: { range: [0, rate.Top * 1.15 || 1] } },
    hooks: { drawClear: [drawTimeGrid], setSelect: [look] },
  }, [times, values], place);
}

/** The one time axis, under all lanes. @param {HTMLElement} place */
function drawAxis(place) {
  return new uPlot({
    ...shared, ...size(place), padding: [0, 0, 0, 0], series: [{}],
    scales: { x: xScale, y: { range: [0, 1] } },
    axes: [
      { scale: "x", size: 38, gap: 4, stroke: ink("--ink"), font: font("700 13px"), grid: { show: false }, ticks: { show: true, size: 4, stroke: ink("--edge"), width: 1 },
        splits: timeSplits, values: (/** @type {any} */ _, /** @type {number[]} */ s) => timeLabels(s) },
      { size: AXIS, stroke: "transparent", grid: { show: false }, ticks: { show: false } },
    ],
  }, [times], place);
}

/** @param {string} colour */
function translucent(colour) {
  return /^#[0-9a-f]{6}$/i.test(colour) ? colour + "30" : colour;
}

/** @param {HTMLElement} place */
function size(place) {
  return { width: Math.max(place.clientWidth, 160), height: Math.max(place.clientHeight, 30) };
}

/** Writes what lies under the cursor. @param {any} u @param {Lane} lane */
function read(u, lane) {
  const place = document.querySelector(`[data-read="${lane.key}"]`);
  const time = document.querySelector("[data-cursor-time]");
  if (!place || !time) return;
  const i = u.cursor.idx;
  const nowhere = i === null || i === undefined || u.cursor.left < 0;
  time.textContent = nowhere ? "" : day.format(at(times[i])) + " " + withSeconds.format(at(chart.from + i * chart.step));
  place.textContent = nowhere ? latest(lane) : together(lane, i);
}

/** One number, or the three of a pressure: "124/69 (89)". @param {Lane} lane @param {number} i */
function together(lane, i) {
  const [first, middle, last] = lane.series.map((s) => written(s.mean[i], lane));
  return last === undefined ? first : `${first}/${last} (${middle})`;
}

/** The newest value of the span. @param {Lane} lane */
function latest(lane) {
  for (let i = times.length - 1; i >= 0; i--) {
    if (judged(lane).mean[i] !== null) return together(lane, i);
  }
  return "–";
}

/** @param {number|null} v @param {Lane} lane */
function written(v, lane) {
  if (v === null || v === undefined) return "–";
  return v.toFixed(lane.key === "temp" ? 1 : 0);
}

/** Looks closer at what was dragged over: the address is the state. @param {any} u */
function look(u) {
  if (u.select.width < 8) return;
  const from = u.posToVal(u.select.left, "x");
  const to = Math.max(u.posToVal(u.select.left + u.select.width, "x"), from + 60);
  const iso = (/** @type {number} */ t) => at(Math.round(t)).toISOString().slice(0, 19) + "Z";
  location.assign(`${location.pathname}?from=${iso(from)}&to=${iso(to)}`);
}

/** @param {any[]} plots */
function keys(plots) {
  let i = -1;
  addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const by = { ArrowLeft: -1, ArrowRight: 1, Escape: 0 }[e.key];
    if (by === undefined) return;
    if (by === 0) i = -1;
    else i = Math.min(Math.max((i < 0 ? times.length : i) + by * (e.shiftKey ? 10 : 1), 0), times.length - 1);
    for (const u of plots) u.setCursor({ left: i < 0 ? -10 : u.valToPos(times[i], "x"), top: 10 });
    e.preventDefault();
  });
}

function start() {
  /** @type {Map<Element, any>} */
  const plots = new Map();
  const place = (/** @type {string} */ selector) => /** @type {HTMLElement|null} */ (document.querySelector(selector));
  for (const lane of chart.lanes) {
    const at = place(`[data-plot="${lane.key}"]`);
    if (at) plots.set(at, draw(lane, at));
    const value = place(`[data-read="${lane.key}"]`);
    if (value) value.textContent = latest(lane);
  }
  for (const rate of rates) {
    const at = place(`[data-rate="${CSS.escape(rate.Key + " " + rate.Drug)}"]`);
    if (at) plots.set(at, drawRate(rate, at));
  }
  const axis = place("[data-axis]");
  if (axis) plots.set(axis, drawAxis(axis));
  const watch = new ResizeObserver((entries) => {
    for (const e of entries) plots.get(e.target)?.setSize(size(/** @type {HTMLElement} */ (e.target)));
  });
  for (const at of plots.keys()) watch.observe(at);
  keys([...plots.values()]);
  document.querySelector("[data-chart]")?.setAttribute("data-drawn", "");
}

if (chart && uPlot) start();
