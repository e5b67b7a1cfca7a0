// The central station by keyboard. One tile is in the tab order; arrows move
// between tiles, single keys act on the one in focus.

import { chooseReason, closePanel } from "./acknowledge.js";

/** @returns {HTMLElement[]} */
function tiles() {
  return [...document.querySelectorAll(".grid [data-bed]")].filter((el) => el instanceof HTMLElement);
}

/** @returns {HTMLElement | null} the tile that holds the focus */
function current() {
  return document.activeElement?.closest(".grid [data-bed]") || null;
}

/** @param {HTMLElement | undefined} tile */
function focus(tile) {
  if (!tile) return;
  for (const other of tiles()) other.tabIndex = other === tile ? 0 : -1;
  tile.focus();
}

/** Puts one tile into the tab order, again after tiles were drawn anew. */
export function rove() {
  const all = tiles();
  if (all[0] && !all.some((t) => t.tabIndex === 0)) all[0].tabIndex = 0;
}

/**
 * Where an arrow leads.
 * @param {number} from index of a tile
 * @param {string} key
 * @param {number} columns
 * @param {number} count of tiles
 * @returns {number} index of a tile
 */
export function step(from, key, columns, count) {
  const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key] || 0;
  const to = from + by;
  return to >= 0 && to < count ? to : from;
}

function columns() {
  const grid = document.querySelector(".grid");
  return grid ? getComputedStyle(grid).gridTemplateColumns.split(" ").length : 1;
}

/** Focuses the next tile that has an alarm, from the one in focus on. */
function nextAlarm() {
  const all = tiles();
  const from = all.findIndex((t) => t === current());
  const order = [...all.slice(from + 1), ...all.slice(0, from + 1)];
  focus(order.find((t) => document.querySelector(`.rail .open [data-at-bed="${CSS.escape(t.dataset.bed || "")}"]`)));
}

/** Acknowledges the most urgent alarm of the tile in focus. */
function acknowledge() {
  const bed = current()?.dataset.bed || "";
  const button = document.querySelector(`.rail .open [data-at-bed="${CSS.escape(bed)}"] [data-acknowledge]`);
  if (button instanceof HTMLElement && document.body.classList.contains("may-acknowledge")) button.click();
}

function openBed() {
  const link = current()?.querySelector("a.who");
  if (link instanceof HTMLAnchorElement) location.assign(link.href);
}

export function fullScreen() {
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen?.();
}

/** @type {Record<string, () => void>} */
const actions = { a: acknowledge, n: nextAlarm, f: fullScreen, "?": () => location.assign("/help") };

/** @param {KeyboardEvent} e */
function press(e) {
  const target = /** @type {Element} */ (e.target);
  if (e.key === "Escape") return closePanel();
  if (e.ctrlKey || e.metaKey || e.altKey || target.matches("input:not([type=radio]), textarea, select")) return;
  if (/^[1-9]$/.test(e.key) && chooseReason(Number(e.key))) return e.preventDefault();
  if (target.closest("dialog")) return;
  if (e.key === "Enter" && target === current()) return openBed();
  if (e.key.startsWith("Arrow") && (current() || target === document.body)) {
    const all = tiles();
    focus(all[step(all.findIndex((t) => t === current()), e.key, columns(), all.length)] || all[0]);
    return e.preventDefault();
  }
  actions[e.key.toLowerCase()]?.();
}

export function listen() {
  document.addEventListener("keydown", press);
  const button = document.querySelector("[data-fullscreen]");
  if (button instanceof HTMLElement && document.fullscreenEnabled) {
    button.hidden = false;
    button.addEventListener("click", fullScreen);
  }
}
