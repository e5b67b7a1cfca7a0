// Follows the live feed on any page: keeps numbers, fragments, header and
// covers right, and says so when it cannot. doc/live-protocol.md describes the
// frames.

import { age, elapsed } from "./ages.js";
import { ServerClock, timeOfDay } from "./clock.js";
import { morphAll } from "./morph.js";
import { Socket } from "./socket.js";
import { applyValues, refresh, setText } from "./values.js";
import { coverNow, holdOff } from "./veil.js";

/** A page of an older build is loaded anew at the latest after this. */
const OLD_BUILD = 10 * 60_000;
/** Without a tick for this long the covers are coming up: 94 % of six seconds. */
const COVERED = 5_600;
/** A tick that comes later than this tells of a moment long gone. */
const LATE = 5_000;
/** A page that nothing ran on for this long slept, or hung. */
const ASLEEP = 5_000;

/**
 * @typedef {object} Page
 * @property {() => boolean} [fits] whether what was just drawn belongs on this
 *   page; one that does not fit is loaded anew and shows nothing until then
 * @property {(isSnapshot: boolean) => void} [drawn] told when something was
 * @property {import("./sweep.js").Traces} [traces] of a page that draws waveforms
 */

/** @param {Page} [page] */
export function follow(page = {}) {
  const body = document.body.dataset;
  const clock = new ServerClock();
  const write = timeOfDay(body.zone || "UTC");
  let epoch = body.epoch || "";
  let after = -1; // seq of the last snapshot or html frame drawn whole; -1: what is shown may be wrong
  let isFirst = true; // no snapshot has come on this connection yet
  let isLeaving = false; // the page is being loaded anew
  let knownAt = -Infinity; // when this page last knew everything
  let lostAt = "";
  let oldBuildSince = 0;
  let awakeAt = Date.now();

  /** @type {Record<string, (f: any) => boolean | void>} */
  const takes = {
    snapshot(f) {
      if (isFirst) clock.reset(); // how long frames take on this connection is not known yet
      isFirst = false;
      epoch = f.epoch;
      draw(f, true);
      knownAt = performance.now();
    },
    html(f) {
      if (after < 0) return;
      if (f.after !== after) return resync();
      draw(f, false);
    },
    values(f) {
      if (after < 0) return;
      clock.heard(f.at);
      applyValues(f);
      const now = clock.now();
      for (const bed of document.querySelectorAll(`[data-bed="${CSS.escape(f.bed)}"]`)) refresh(bed, now);
    },
    waves(f) {
      page.traces?.list(f);
    },
    tick(f) {
      clock.heard(f.at);
      if (after < 0 || isLeaving || hasSlept()) return false;
      // What was covered comes back only with everything that is known now.
      if (f.after !== after || f.epoch !== epoch || performance.now() - knownAt > COVERED) {
        resync();
        return false;
      }
      if (clock.now() - f.at > LATE) return false;
      refresh(document, clock.now());
      live(f);
      knownAt = performance.now();
      holdOff(document); // last: whatever fails before it leaves the covers to themselves
      return true;
    },
  };

  const socket = new Socket(body.feed || "", {
    frame: (f) => takes[f.type]?.(f) === true,
    binary: (buffer) => page.traces?.frame(buffer),
    opened() {
      after = -1;
      isFirst = true;
      page.traces?.opened((f) => socket.send(f), () => clock.now());
    },
    state: connection,
  });

  /**
   * Draws all of a frame; until that is done, nothing is live.
   * @param {any} f
   * @param {boolean} isSnapshot
   */
  function draw(f, isSnapshot) {
    after = -1;
    clock.heard(f.at);
    const { drawn, missing } = morphAll(f.html);
    if ((isSnapshot && !isSameUnit(f, drawn, missing)) || page.fits?.() === false) return leave();
    const counts = document.getElementById("counts");
    if (counts?.dataset.title) document.title = counts.dataset.title;
    refresh(document, clock.now());
    page.traces?.arrange();
    page.drawn?.(isSnapshot);
    after = f.seq;
  }

  /**
   * Whether the unit still has the beds, the name and the zone that this page
   * was made for.
   * @param {any} f
   * @param {string[]} drawn
   * @param {string[]} missing
   */
  function isSameUnit(f, drawn, missing) {
    const isNew = document.querySelector(".grid") && missing.some((id) => id.startsWith("bed-"));
    const isGone = [...document.querySelectorAll("main [data-bed]")].some((bed) => !drawn.includes(bed.id));
    return !isNew && !isGone && f.unit === body.unitName && f.zone === body.zone;
  }

  /** Loads the page anew. However long that takes, it shows nothing as live. */
  function leave() {
    isLeaving = true;
    coverNow(document);
    location.reload();
  }

  function resync() {
    after = -1;
    socket.sync();
  }

  /**
   * A page that slept shows what was true when it fell asleep, and its
   * monotonic clock may have stood still: only the computer's own tells.
   */
  function hasSlept() {
    const now = Date.now();
    const slept = now - awakeAt > ASLEEP;
    awakeAt = now;
    if (slept) startAfresh();
    return slept;
  }

  function startAfresh() {
    coverNow(document);
    after = -1;
    socket.restart();
  }

  /** @param {any} f the tick */
  function live(f) {
    const el = document.querySelector("[data-live]");
    el?.classList.remove("lost");
    setText(el?.querySelector("b") || null, "LIVE");
    setText(el?.querySelector(".n") || null, `${(Math.max(clock.now() - f.at, 0) / 1000).toFixed(1)} s`);
    setText(document.querySelector("[data-lag]"), f.lag_ms < 90_000 ? `${(f.lag_ms / 1000).toFixed(1)} s` : age(f.lag_ms));
    if (f.build !== body.build) oldBuild();
  }

  /** A newer server: its page is loaded when nobody is being alarmed. */
  function oldBuild() {
    oldBuildSince ||= performance.now();
    const isQuiet = !document.querySelector(".rail .open [data-alarm]") && !document.querySelector("dialog[open]");
    if (isQuiet || performance.now() - oldBuildSince > OLD_BUILD) leave();
  }

  /** @param {import("./socket.js").State} s */
  function connection(s) {
    const bar = document.getElementById("connection");
    if (!bar) return;
    if (!s.lost) {
      lostAt = "";
      bar.hidden = true;
      return;
    }
    const now = clock.now();
    if (!lostAt) {
      lostAt = String(now);
      const countdown = document.createElement("span");
      countdown.setAttribute("aria-hidden", "true"); // an alert that counts would be read out each second
      bar.replaceChildren(document.createElement("b"), document.createElement("span"), countdown);
    }
    bar.hidden = false;
    const started = Number(lostAt);
    const wait = Math.max(Math.ceil((s.retryAt - performance.now()) / 1000), 0);
    const next = wait > 0 ? `in ${wait} s` : "now";
    setText(bar.children[0] || null, Number.isNaN(started) ? "NOT CONNECTED" : `CONNECTION LOST ${write(started)}`);
    setText(bar.children[1] || null, s.signedOut
      ? "This screen is signed out. Values below are not live. Reload the page to sign in."
      : "Values below are not live.");
    setText(bar.children[2] || null, s.signedOut ? "" : `Reconnecting ${next} (${s.attempt})`);
    const el = document.querySelector("[data-live]");
    el?.classList.add("lost");
    setText(el?.querySelector("b") || null, "LOST");
    setText(el?.querySelector(".n") || null, Number.isNaN(started) ? "" : elapsed(now - started));
  }

  setInterval(() => {
    if (hasSlept()) return;
    const now = clock.now();
    if (Number.isNaN(now)) return;
    refresh(document, now);
    setText(document.querySelector("[data-clock]"), write(now));
  }, 500);

  addEventListener("pageshow", (e) => e.persisted && startAfresh());
}
