// Acknowledging without leaving the page. Nothing is painted as acknowledged
// here: the feed tells every screen, this one too, once it is recorded. Without
// this module the same forms and links work as plain pages.

import { notice } from "./notice.js";

/** The server withdraws what is not recorded within 5 s. */
const PATIENCE = 8_000;

/** Sends the page's acknowledging forms by fetch. */
export function sendQuietly() {
  document.addEventListener("submit", (e) => {
    const form = /** @type {HTMLFormElement} */ (e.target);
    const button = /** @type {HTMLButtonElement | null} */ (e.submitter);
    const action = button?.getAttribute("formaction") || form.getAttribute("action") || "";
    if (!action.endsWith("/acknowledgement")) return;
    e.preventDefault();
    send(action, new FormData(form, button), button);
  });
}

/**
 * @param {string} action
 * @param {FormData} fields
 * @param {HTMLButtonElement | null} button
 */
async function send(action, fields, button) {
  if (button?.getAttribute("aria-busy") === "true") return;
  button?.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(action, {
      method: "POST", headers: { Accept: "application/json" }, redirect: "error", signal: AbortSignal.timeout(PATIENCE),
      body: new URLSearchParams(/** @type {any} */ (fields)),
    });
    if (answer.ok) {
      notice("");
      closeOwn(button);
    } else {
      const problem = await answer.json().catch(() => ({}));
      notice(problem.detail || `Not acknowledged: ${problem.title || answer.status}.`);
      if (answer.status === 409) closeOwn(button);
    }
  } catch {
    notice("No answer. It is not known whether the acknowledgement was recorded. Watch the alarm, then try again.");
  } finally {
    button?.removeAttribute("aria-busy");
  }
}

/**
 * Closes the panel that the answer was given in. Another alarm's stays open.
 * @param {HTMLButtonElement | null} button
 */
function closeOwn(button) {
  if (button?.closest("dialog")) closePanel();
}

/** @type {Element | null} */
let cameFrom = null;

/** Opens alarms beside the tiles instead of as a page. */
export function openPanels() {
  document.addEventListener("click", (e) => {
    const target = /** @type {Element} */ (e.target);
    const link = /** @type {HTMLAnchorElement | null} */ (target.closest("a[data-panel]"));
    if (link && !(e.ctrlKey || e.metaKey || e.shiftKey || e.altKey)) {
      e.preventDefault();
      openPanel(link.href);
    } else if (target.closest("[data-close]") && panel()?.open) {
      e.preventDefault();
      closePanel();
    }
  });
}

/** @returns {HTMLDialogElement | null} */
function panel() {
  return /** @type {HTMLDialogElement | null} */ (document.getElementById("panel"));
}

/** @param {string} href of the alarm */
export async function openPanel(href) {
  const dialog = panel();
  if (!dialog) return location.assign(href);
  const answer = await fetch(`${href}/panel`, { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer) return notice("No answer. The alarm could not be opened.");
  if (answer.redirected || answer.status === 401) return location.assign(href);
  if (!answer.ok) return notice("This alarm has ended.");
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!dialog.open) cameFrom = document.activeElement;
  dialog.replaceChildren(...page.body.childNodes);
  if (!dialog.open) dialog.show(); // not modal: the beds stay in use
  document.body.classList.add("with-panel");
  /** @type {HTMLElement | null} */ (dialog.querySelector("input[type=radio], .go .btn"))?.focus();
}

export function closePanel() {
  const dialog = panel();
  if (!dialog?.open) return;
  dialog.close();
  dialog.replaceChildren();
  document.body.classList.remove("with-panel");
  if (cameFrom instanceof HTMLElement && cameFrom.isConnected) cameFrom.focus();
}

/**
 * Chooses the nth reason of an open panel.
 * @param {number} n from 1
 * @returns {boolean} whether there is one
 */
export function chooseReason(n) {
  const choice = panel()?.querySelectorAll("input[type=radio]")[n - 1];
  if (!(choice instanceof HTMLInputElement)) return false;
  choice.checked = true;
  choice.focus();
  return true;
}
