// A line across the page that says what became of an action. It stays until
// somebody has read it.

/** @param {string} text empty: nothing to say */
export function notice(text) {
  const bar = document.getElementById("notice");
  if (!bar) return;
  bar.hidden = text === "";
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn";
  close.textContent = "Close";
  close.addEventListener("click", () => notice(""));
  bar.replaceChildren(words, close);
}
