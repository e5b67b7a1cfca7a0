// Tells screen readers of new alarms, and of nothing else that changes.

/** Not more often than this. */
const PAUSE = 3_000;

/** @type {Set<string>} */
let known = new Set();
/** @type {string[]} */
let waiting = [];
let timer = 0;

/**
 * Looks for alarms that were not in the worklist before.
 * @param {boolean} isFirst the page has just learnt all there is
 */
export function announce(isFirst) {
  const rows = [...document.querySelectorAll(".rail .open [data-alarm]")];
  const fresh = rows.filter((row) => !known.has(row.id));
  known = new Set(rows.map((row) => row.id));
  if (isFirst) return;
  for (const row of fresh) {
    waiting.push(`${row.querySelector(".l1 b")?.textContent}: ${row.querySelector(".l2")?.textContent}`);
  }
  if (waiting.length > 0 && timer === 0) say();
}

function say() {
  const line = document.getElementById("announce");
  if (line) line.textContent = waiting.length > 2 ? `${waiting.length} new alarms` : waiting.join(". ");
  waiting = [];
  timer = window.setTimeout(() => {
    timer = 0;
    if (waiting.length > 0) say();
  }, PAUSE);
}
