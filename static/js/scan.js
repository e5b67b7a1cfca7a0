// A handheld scanner is a keyboard that types fast. On a page with a scan form
// it needs no focus: what is typed while no field has it goes into the first
// field that is empty, and the Enter at its end sends the form.

const form = document.querySelector("[data-scan]");

/**
 * The field that a character typed nowhere is meant for.
 * @param {HTMLInputElement[]} fields of the form, in order
 * @param {HTMLInputElement | null} [next] what is scanned once the form has found something
 * @returns {HTMLInputElement | undefined} the first empty one, next included, else the first
 */
export function target(fields, next) {
  return [...fields, ...(next ? [next] : [])].find((f) => f.value === "") || fields[0];
}

/**
 * Whether a key is one that a scanner types and not a command.
 * @param {KeyboardEvent} e
 */
export function isTyped(e) {
  return e.key.length === 1 && !e.ctrlKey && !e.altKey && !e.metaKey;
}

if (form instanceof HTMLFormElement) {
  const fields = [...form.querySelectorAll("input.input")].filter((el) => el instanceof HTMLInputElement);
  document.addEventListener("keydown", (e) => {
    const at = document.activeElement;
    if (!isTyped(e) || (at && at !== document.body && at.matches("input, select, textarea, button, a"))) return;
    const field = target(fields, document.querySelector("input[data-scan-next]"));
    if (!field) return;
    if (field.value !== "") field.value = "";
    field.focus(); // the character itself follows into it
  });
  form.dataset.scan = "ready";
}
