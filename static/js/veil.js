// The NOT LIVE covers. Each has one animation that always runs, in the style
// sheet, and ends opaque; nothing here shows a cover. Whatever stops this
// module from running (no script, an error, a page that hangs) lets the
// covers appear by themselves.

/**
 * Holds all covers off for another six seconds.
 * @param {ParentNode} root
 */
export function holdOff(root) {
  for (const cover of root.querySelectorAll(".cover")) {
    for (const animation of cover.getAnimations()) animation.currentTime = 0;
  }
}

/**
 * Covers at once: what is shown is known to be old, as on a page that comes
 * back from the browser's history.
 * @param {ParentNode} root
 */
export function coverNow(root) {
  for (const cover of root.querySelectorAll(".cover")) {
    for (const animation of cover.getAnimations()) animation.finish();
  }
}
