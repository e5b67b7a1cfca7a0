// Alarms move in their list as others come and go. A press that was meant for
// what stood there a moment ago must not take what stands there now.

import { notice } from "./notice.js";

/** Longer than it takes to see that something has moved. */
const UNSETTLED = 500;

/** @type {Map<string, {at: string, since: number}>} where each alarm stands */
let places = new Map();

/**
 * Notes which alarms have moved, and which have come in the place of others;
 * to be called after each drawing.
 */
export function noteMoves() {
  const now = performance.now();
  const before = places;
  places = new Map();
  for (const el of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[id][data-alarm]"))) {
    const at = `${el.offsetLeft} ${el.offsetTop}`;
    const was = before.get(el.id);
    const isTaken = [...before].some(([id, p]) => id !== el.id && p.at === at);
    places.set(el.id, was?.at === at ? was : { at, since: was || isTaken ? now : -Infinity });
  }
}

/**
 * Refuses presses that would take an alarm which has just moved. A panel may
 * open, as it names alarm and patient first, and keys name theirs.
 */
export function refuseHasty() {
  document.addEventListener("click", (e) => {
    const button = e.detail > 0 && /** @type {Element} */ (e.target).closest("button.acknowledge");
    const place = button && places.get(button.closest("[id][data-alarm]")?.id || "");
    if (!place || performance.now() - place.since > UNSETTLED) return;
    e.preventDefault();
    e.stopPropagation();
    notice("The alarms have just moved. Look again, then press.");
  }, true);
}
