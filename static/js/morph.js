// Fragments that the server has drawn anew: puts each in the place of the
// element with its id, touching only what differs, so that focus and running
// animations survive.

/**
 * What somebody types into is left alone. Idiomorph leaves alone whatever has
 * the focus, all that is in it included: a tile must go on in full.
 */
function isTyping() {
  return Boolean(document.activeElement?.matches("input, textarea, select"));
}

/** What the page sets by itself and a fragment must not take back. */
const OURS = new Set(["tabindex", "open"]);

/**
 * @param {string[]} fragments
 * @returns {{drawn: string[], missing: string[]}} ids of what was replaced,
 * and of what this page does not hold
 */
export function morphAll(fragments) {
  /** @type {{drawn: string[], missing: string[]}} */
  const done = { drawn: [], missing: [] };
  for (const html of fragments) {
    const next = new DOMParser().parseFromString(html, "text/html").body.firstElementChild;
    if (!next) continue;
    const now = document.getElementById(next.id);
    if (!now) {
      done.missing.push(next.id);
      continue;
    }
    // @ts-ignore: a classic script that the page has loaded before
    Idiomorph.morph(now, next, {
      ignoreActiveValue: isTyping(),
      callbacks: {
        beforeAttributeUpdated: (/** @type {string} */ name) => !OURS.has(name),
        beforeNodeMorphed: (/** @type {Node} */ old) => !(old instanceof Element && old.hasAttribute("data-keep")), // what a script fills
      },
    });
    done.drawn.push(next.id);
  }
  return done;
}
