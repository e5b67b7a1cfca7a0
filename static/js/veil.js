// The NOT LIVE covers, over each bed, and veils, over the worklist and the
// header's LIVE. Each has one animation that always runs, in the style sheet,
// and ends with it seen; nothing here shows one. Whatever stops this
// module from running (no script, an error, a page that hangs) lets the
// covers appear by themselves.

/** Everything that says NOT LIVE unless it is held off. */
const COVERS = ".cover, .veil";

/**
 * Holds all covers off for another six seconds.
 * @param {ParentNode} root
 */
export function holdOff(root) {
  for (const cover of root.querySelectorAll(COVERS)) {
    for (const animation of cover.getAnimations()) animation.currentTime = 0;
  }
}

/**
 * Covers at once: what is shown is known to be old, as on a page that comes
 * back from the browser's history.
 * @param {ParentNode} root
 */
export function coverNow(root) {
  for (const cover of root.querySelectorAll(COVERS)) {
    for (const animation of cover.getAnimations()) animation.finish();
  }
}
