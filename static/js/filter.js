// A box above a long table that hides the rows that do not say what is typed.
// It works on what the page holds: nothing that is typed here goes anywhere.

/**
 * Whether a row says every word that was typed, whatever the case.
 * @param {string} text of the row
 * @param {string} typed
 */
export function says(text, typed) {
  const row = text.toLowerCase();
  return typed.toLowerCase().split(/\s+/).every((word) => row.includes(word));
}

/** @param {HTMLElement} box */
function filter(box) {
  const table = document.getElementById(box.dataset.filter || "");
  const field = box.querySelector("input");
  const count = box.querySelector("[role=status]");
  if (!(table instanceof HTMLTableElement) || !field || !count) return;
  const rows = [...table.tBodies[0].rows];
  const draw = () => {
    for (const row of rows) row.hidden = !says(row.textContent || "", field.value);
    const shown = rows.filter((row) => !row.hidden).length;
    count.textContent = field.value.trim() ? `${shown} of ${rows.length}` : "";
  };
  field.addEventListener("input", draw);
  box.hidden = false;
  draw(); // the browser may bring back what was typed
}

for (const box of globalThis.document?.querySelectorAll("[data-filter]") ?? []) {
  if (box instanceof HTMLElement) filter(box);
}
