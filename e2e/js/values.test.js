import { applyValues, refresh } from "/js/values.js";
import { draw, equal, test, text } from "./harness.js";

const now = Date.UTC(2026, 10, 21, 12, 0, 0);

/** A number of a tile as the server draws it. */
function number(code, value, ageMs, quality = "ok") {
  return `<data data-v="${code}" value="${value}" data-at="${now - ageMs}" data-time="11:59:00" data-bounds="3 10 60" data-quality="${quality}"></data>`;
}

function figure(...args) {
  draw(`<article data-bed="ICU-12"><div class="fig hr" data-slot><span class="words"></span>${number("8867-4", ...args)}</div></article>`);
  refresh(document, now);
  return [text("data"), /** @type {Element} */ (document.querySelector(".fig")).className, text(".words")];
}

test("a figure by its age", () => {
  equal(figure("88", 1000), ["88", "fig hr", ""]);
  equal(figure("88", 4000), ["88", "fig hr ageing", "4 s"]);
  equal(figure("88", 12_000), ["88", "fig hr stale", "12 s old"]);
  equal(figure("88", 61_000), ["– –", "fig hr gone", "was 88 11:59:00"]);
});

test("a figure that the device does not vouch for", () => {
  equal(figure("", 1000), ["– –", "fig hr gone", ""], "never measured");
  equal(figure("88", 1000, "invalid"), ["– –", "fig hr gone", "was 88 11:59:00"], "no longer measured");
  equal(figure("88", 1000, "questionable"), ["88", "fig hr", "not sure"], "doubted");
});

test("a figure from the future is no younger than fresh", () => {
  equal(figure("88", -5000), ["88", "fig hr", ""]);
});

test("a pressure is as old as its oldest part", () => {
  draw(`<article data-bed="ICU-12"><span class="val" data-slot><b>${number("s", "120", 1000)}/${number("d", "80", 11_000)}</b>${number("m", "93", 1000)}<em class="words"></em></span></article>`);
  refresh(document, now);
  equal([document.querySelector(".val").className, text("[data-v=s]"), text("[data-v=d]")], ["val stale", "120", "80"]);
});

test("a value goes to its own bed, wherever that is on the page", () => {
  const bed = (id) => `<article data-bed="${id}"><div class="fig" data-slot><span class="words"></span>${number("8867-4", "70", 50_000)}</div><s data-was="8867-4">70</s><i data-updated></i></article>`;
  draw(`<main>${bed("ICU-1")}${bed("ICU-12")}${bed("ICU-12")}</main>`);
  applyValues({ bed: "ICU-12", updated: "12:00:00", v: { "8867-4": { v: "91", at: now, t: "12:00:00", b: "3 10 60", q: "ok" } } });
  refresh(document, now);
  equal([...document.querySelectorAll("data")].map((el) => el.textContent), ["70", "91", "91"]);
  equal([...document.querySelectorAll("[data-was]")].map((el) => el.textContent), ["70", "91", "91"]);
  equal([...document.querySelectorAll(".fig")].map((el) => el.className), ["fig stale", "fig", "fig"]);
});

test("a value that the frame does not speak of grows old", () => {
  draw(`<article data-bed="ICU-1"><div class="fig" data-slot><span class="words"></span>${number("8867-4", "70", 2000)}</div></article>`);
  applyValues({ bed: "ICU-1", updated: "", v: {} });
  refresh(document, now + 3000);
  equal([text("data"), text(".words")], ["70", "5 s"]);
});

test("text that stays is not written again", () => {
  figure("88", 1000);
  const node = document.querySelector("data").firstChild;
  refresh(document, now + 500);
  equal(document.querySelector("data").firstChild === node, true);
});

function channel(emptyAt, at = now) {
  draw(`<ul data-bed="ICU-12"><li data-channel="PUMP5/1" data-state="paused" data-empty="${emptyAt}" data-at="${at}" data-bounds="45 90 300">
    <svg class="vol"><rect width="100"></rect><rect width="10"></rect></svg><span class="left"></span></li></ul>`);
  refresh(document, now);
  return [text(".left"), /** @type {Element} */ (document.querySelector("li")).className];
}

test("a pump channel tells what is left", () => {
  equal(channel(now + 130 * 60_000), ["2:10", ""]);
  equal(channel(now + 41 * 60_000), ["0:41", "near"]);
  equal(channel(now - 60_000), ["0:00", "near"]);
  equal(channel(0), ["paused", ""], "nothing flows");
  equal(channel(now + 41 * 60_000, now - 100_000), ["?", "stale"], "not heard of");
});

test("a channel's volume follows the frame", () => {
  channel(now + 130 * 60_000);
  applyValues({ bed: "ICU-12", updated: "", v: {}, c: { "PUMP5/1": { e: now + 60_000, p: 24, at: now, b: "45 90 300" } } });
  equal([...document.querySelectorAll("rect")].map((r) => r.getAttribute("width")), ["100", "24"]);
});
