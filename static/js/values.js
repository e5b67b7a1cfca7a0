// Numbers on the page: takes in new ones and lets all of them age. A number
// is any <data data-v="CODE"> inside an element with data-bed.

import { LOOKS, age, bounds, elapsed, look, older, timeLeft } from "./ages.js";

/** A channel's time left is framed below this. */
const NEAR_EMPTY = 45 * 60_000;

/**
 * @typedef {{v: string, at: number, t: string, b: string, q: string}} Value
 * @typedef {{e: number, p: number, at: number, b: string}} Channel
 * @typedef {{bed: string, updated: string, v: Record<string, Value>, c?: Record<string, Channel>}} Values
 */

/**
 * Puts a values frame into every element of its bed.
 * @param {Values} frame
 */
export function applyValues(frame) {
  for (const bed of document.querySelectorAll(`[data-bed="${CSS.escape(frame.bed)}"]`)) {
    for (const el of /** @type {NodeListOf<HTMLDataElement>} */ (bed.querySelectorAll("[data-v]"))) {
      const value = frame.v[el.dataset.v || ""];
      if (value) putValue(el, value);
    }
    for (const el of /** @type {NodeListOf<HTMLElement>} */ (bed.querySelectorAll("[data-was]"))) {
      const value = frame.v[el.dataset.was || ""];
      if (value) setText(el, value.q === "invalid" ? "–" : value.v || "–");
    }
    for (const el of /** @type {NodeListOf<HTMLElement>} */ (bed.querySelectorAll("[data-channel]"))) {
      const channel = frame.c?.[el.dataset.channel || ""];
      if (channel) putChannel(el, channel);
    }
    setText(bed.querySelector("[data-updated]"), frame.updated);
  }
}

/**
 * @param {HTMLDataElement} el
 * @param {Value} value
 */
function putValue(el, value) {
  el.value = value.v;
  el.dataset.at = String(value.at);
  el.dataset.time = value.t;
  el.dataset.bounds = value.b;
  el.dataset.quality = value.q;
}

/**
 * @param {HTMLElement} el
 * @param {Channel} channel
 */
function putChannel(el, channel) {
  el.dataset.empty = String(channel.e);
  el.dataset.at = String(channel.at);
  el.dataset.bounds = channel.b;
  const bar = el.querySelector(".vol");
  bar?.classList.toggle("none", channel.p < 0);
  bar?.querySelectorAll("rect")[1]?.setAttribute("width", String(Math.max(channel.p, 0)));
}

/**
 * Lets everything below root look as old as it is.
 * @param {ParentNode} root
 * @param {number} now server time in ms
 */
export function refresh(root, now) {
  if (Number.isNaN(now)) return;
  for (const slot of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-slot]"))) refreshSlot(slot, now);
  for (const el of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-channel]"))) refreshChannel(el, now);
  for (const el of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-since]"))) {
    setText(el, elapsed(now - Number(el.dataset.since)));
  }
}

/**
 * A slot holds one number, or the three of a pressure.
 * @param {HTMLElement} slot
 * @param {number} now
 */
function refreshSlot(slot, now) {
  const numbers = /** @type {NodeListOf<HTMLDataElement>} */ (slot.querySelectorAll("[data-v]"));
  const dashes = slot.classList.contains("fig") ? "– –" : "–";
  let worst = "fresh";
  for (const el of numbers) {
    const its = numberLook(el, now);
    if (el.value !== "" || numbers.length === 1) worst = older(worst, its);
    setText(el, its === "gone" || el.value === "" ? dashes : el.value);
  }
  if (slot.dataset.figure !== undefined && [...numbers].every((el) => el.value === "")) worst = "gone";
  for (const name of LOOKS) if (name !== "fresh") slot.classList.toggle(name, name === worst);
  const first = numbers[0];
  setText(slot.querySelector(".words"), first ? words(slot, first, worst, now) : "");
}

/**
 * @param {HTMLDataElement} el
 * @param {number} now
 */
function numberLook(el, now) {
  if (el.value === "" || el.dataset.quality === "invalid") return "gone";
  return look(now - Number(el.dataset.at), bounds(el.dataset.bounds || ""));
}

/**
 * What is said beside a number that is not fresh.
 * @param {HTMLElement} slot
 * @param {HTMLDataElement} el
 * @param {string} its
 * @param {number} now
 */
function words(slot, el, its, now) {
  if (el.value === "") return slot.dataset.figure === undefined ? "" : "not measured";
  const old = now - Number(el.dataset.at);
  const isFigure = slot.classList.contains("fig") || slot.dataset.figure !== undefined;
  if (its === "gone") return isFigure ? `was ${el.value} ${el.dataset.time}` : "";
  if (its === "stale") return `${age(old)} old`;
  if (its === "ageing" || slot.dataset.intermittent !== undefined) return age(old);
  return isFigure && el.dataset.quality === "questionable" ? "not sure" : "";
}

/**
 * @param {HTMLElement} el
 * @param {number} now
 */
function refreshChannel(el, now) {
  const isOld = ["stale", "gone"].includes(look(now - Number(el.dataset.at), bounds(el.dataset.bounds || "")));
  const left = Number(el.dataset.empty) - now;
  const runs = Number(el.dataset.empty) > 0;
  el.classList.toggle("stale", isOld);
  el.classList.toggle("near", !isOld && runs && left < NEAR_EMPTY);
  setText(el.querySelector(".left"), isOld ? "?" : runs ? timeLeft(left) : el.dataset.state || "?");
}

/**
 * Writes only what differs: most numbers do not change from one second to the
 * next.
 * @param {Element | null} el
 * @param {string} text
 */
export function setText(el, text) {
  if (el && el.textContent !== text) el.textContent = text;
}
