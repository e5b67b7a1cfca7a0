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

/**
 * @param {{drawn?: (ids: string[], isSnapshot: boolean) => void}} [page] told what was drawn
 */
export function follow(page = {}) {
  const body = document.body.dataset;
  const clock = new ServerClock();
  const write = timeOfDay(body.zone || "UTC");
  let epoch = body.epoch || "";
  let after = -1; // seq of the last snapshot or html frame; -1: none, nothing is live
  let lostAt = "";
  let oldBuildSince = 0;

  /** @type {Record<string, (f: any) => void>} */
  const takes = {
    snapshot(f) {
      if (f.epoch !== epoch) clock.reset();
      epoch = f.epoch;
      after = f.seq;
      draw(f, true);
      holdOff(document);
    },
    html(f) {
      if (after < 0) return;
      if (f.after !== after) return resync();
      after = f.seq;
      draw(f, false);
    },
    values(f) {
      if (after < 0) return;
      clock.heard(f.at);
      applyValues(f);
      const now = clock.now();
      for (const bed of document.querySelectorAll(`[data-bed="${CSS.escape(f.bed)}"]`)) refresh(bed, now);
    },
    tick(f) {
      clock.heard(f.at);
      if (after < 0) return;
      if (f.after !== after || f.epoch !== epoch) return resync();
      holdOff(document);
      live(f);
    },
  };

  const socket = new Socket(body.feed || "", {
    frame: (f) => takes[f.type]?.(f),
    opened: () => { after = -1; },
    state: connection,
  });

  /** @param {any} f @param {boolean} isSnapshot */
  function draw(f, isSnapshot) {
    clock.heard(f.at);
    const { drawn, missing } = morphAll(f.html);
    if (missing.some((id) => id.startsWith("bed-")) && document.querySelector(".grid")) return location.reload(); // the unit has new beds
    if (isSnapshot && isGone(drawn)) return location.reload();
    const counts = document.getElementById("counts");
    if (counts?.dataset.title) document.title = counts.dataset.title;
    refresh(document, clock.now());
    page.drawn?.(drawn, isSnapshot);
  }

  /** @param {string[]} drawn */
  function isGone(drawn) {
    return [...document.querySelectorAll(".grid [data-bed]")].some((tile) => !drawn.includes(tile.id));
  }

  function resync() {
    after = -1;
    socket.sync();
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
    if (isQuiet || performance.now() - oldBuildSince > OLD_BUILD) location.reload();
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
      bar.replaceChildren(document.createElement("b"), document.createElement("span"));
    }
    bar.hidden = false;
    const started = Number(lostAt);
    const wait = Math.max(Math.ceil((s.retryAt - performance.now()) / 1000), 0);
    const next = wait > 0 ? `in ${wait} s` : "now";
    setText(bar.firstElementChild, Number.isNaN(started) ? "NOT CONNECTED" : `CONNECTION LOST ${write(started)}`);
    setText(bar.lastElementChild, s.signedOut
      ? "This screen is signed out. Values below are not live. Reload the page to sign in."
      : `Values below are not live. Reconnecting ${next} (${s.attempt})`);
    const el = document.querySelector("[data-live]");
    el?.classList.add("lost");
    setText(el?.querySelector("b") || null, "LOST");
    setText(el?.querySelector(".n") || null, Number.isNaN(started) ? "" : elapsed(now - started));
  }

  setInterval(() => {
    const now = clock.now();
    if (Number.isNaN(now)) return;
    refresh(document, now);
    setText(document.querySelector("[data-clock]"), write(now));
  }, 500);

  addEventListener("pageshow", (e) => {
    if (!e.persisted) return;
    coverNow(document);
    resync();
    socket.retryNow();
  });
}
