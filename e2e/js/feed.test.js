// The feed with a server of the test's own: what lifts a cover, and what asks
// for everything anew.
import { follow } from "/js/feed.js";
import { equal, pause, test, text } from "./harness.js";

/** Every connection that the page opened, the newest last. */
const opened = [];

globalThis.WebSocket = class {
  static OPEN = 1;
  readyState = 1;
  sent = [];
  constructor(url, protocol) {
    Object.assign(this, { url: String(url), protocol });
    opened.push(this);
  }
  send(raw) { this.sent.push(JSON.parse(raw).type); }
  close() { this.isClosed = true; }
};

const body = document.body;
body.innerHTML = `
  <div id="connection" hidden></div><span data-live><b>NOT LIVE</b><span class="n"></span></span><i data-lag></i>
  <span id="counts"></span>
  <main><div class="grid"><article id="bed-ICU-1" class="tile" data-bed="ICU-1"><b>old</b><div class="cover">NOT LIVE</div></article></div></main>`;
Object.assign(body.dataset, { feed: "/live?unit=ICU", epoch: "first", build: "b1", unit: "ICU", unitName: "Intensive care", zone: "Europe/London" });
follow();

const server = () => opened[opened.length - 1];
const cover = () => /** @type {Element} */ (document.querySelector(".cover")).getAnimations()[0];
const isCovered = () => Number(getComputedStyle(/** @type {Element} */ (document.querySelector(".cover"))).opacity) > 0;
let time = Date.now();

function say(frame) {
  server().onmessage({ data: JSON.stringify({ at: time, ...frame }) });
}
const tile = (words) => `<article id="bed-ICU-1" class="tile" data-bed="ICU-1"><b>${words}</b><div class="cover">NOT LIVE</div></article>`;
const snapshot = (seq, words, more) => say({ type: "snapshot", epoch: "first", seq, html: [tile(words)], unit: "Intensive care", zone: "Europe/London", build: "b1", ...more });
const html = (after, seq, words) => say({ type: "html", after, seq, html: [tile(words)] });
const tick = (after, more) => say({ type: "tick", epoch: "first", seq: after, after, recorded_seq: after, lag_ms: 120, build: "b1", ...more });

/** Covers the page, and tells whether what comes next uncovers it. */
function lifts(what) {
  cover().finish();
  what();
  return !isCovered();
}

test("the page asks for its own unit, in our protocol", () => {
  equal([new URL(server().url).protocol, new URL(server().url).pathname, new URL(server().url).search, server().protocol], ["ws:", "/live", "?unit=ICU", "wardlight.v1"]);
});

test("before a snapshot nothing is live", () => {
  server().onopen();
  equal([lifts(() => tick(5)), lifts(() => html(0, 5, "too soon")), text("#bed-ICU-1 b")], [false, false, "old"]);
});

test("a snapshot and its tick make the page live", () => {
  equal(lifts(() => { snapshot(10, "ten"); tick(10); }), true);
  equal([text("#bed-ICU-1 b"), text("[data-live] b"), text("[data-lag]")], ["ten", "LIVE", "0.1 s"]);
});

test("an html frame that follows is drawn, and its tick holds off", () => {
  html(10, 12, "twelve");
  tick(12);
  equal([text("#bed-ICU-1 b"), isCovered(), server().sent], ["twelve", false, []]);
});

test("a gap is not drawn over: everything is asked for, nothing is live until it is there", () => {
  html(13, 15, "fifteen");
  equal([text("#bed-ICU-1 b"), server().sent], ["twelve", ["sync"]]);
  equal([lifts(() => tick(15)), lifts(() => html(15, 16, "sixteen")), text("#bed-ICU-1 b")], [false, false, "twelve"]);
  equal(lifts(() => { snapshot(17, "seventeen"); tick(17); }), true);
  equal(server().sent, ["sync"]);
});

test("a tick that vouches for what this page has not got asks for it", () => {
  equal([lifts(() => tick(18)), server().sent], [false, ["sync", "sync"]]);
  snapshot(18, "eighteen");
  tick(18);
  equal(isCovered(), false);
});

test("another epoch asks for everything", () => {
  equal([lifts(() => tick(18, { epoch: "second" })), server().sent.length], [false, 3]);
  snapshot(2, "two", { epoch: "second" });
  tick(2, { epoch: "second" });
  equal([isCovered(), text("#bed-ICU-1 b")], [false, "two"]);
  tick(2);
  snapshot(19, "nineteen");
  tick(19);
});

test("a tick from long ago holds nothing off", () => {
  tick(19);
  equal(lifts(() => tick(19, { at: time - 6000 })), false);
});

test("a connection that ended is opened anew, and starts with nothing", async () => {
  const before = opened.length;
  server().onclose({ code: 1006 });
  for (let i = 0; i < 40 && opened.length === before; i++) await pause(25);
  equal(opened.length, before + 1);
  server().onopen();
  equal(lifts(() => tick(19)), false);
  equal(lifts(() => { snapshot(20, "twenty"); tick(20); }), true);
});

test("silence is said after three seconds, and undone by the next tick", async () => {
  time += 3000;
  await pause(3000);
  equal([document.getElementById("connection").hidden, text("#connection b").slice(0, 15), text("[data-live] b")], [false, "CONNECTION LOST", "LOST"]);
  tick(20);
  await pause(300);
  equal([document.getElementById("connection").hidden, text("[data-live] b")], [true, "LIVE"]);
});

test("covers that came up are lifted only by everything, known anew", async () => {
  const asked = server().sent.length;
  time += 5700;
  await pause(5700);
  equal([lifts(() => tick(20)), server().sent.length], [false, asked + 1]);
  equal(lifts(() => { snapshot(21, "twenty-one"); tick(21); }), true);
});

test("a session that ended is said", async () => {
  server().onclose({ code: 4401 });
  time += 3000;
  await pause(3000);
  equal(text("#connection").includes("signed out"), true, text("#connection"));
});
