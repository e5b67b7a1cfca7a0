// A few lines instead of a framework: cases are collected, run one after the
// other once the page has loaded, and read by js_test.go.

/** @type {{name: string, run: () => unknown}[]} */
const cases = [];

/**
 * @param {string} name
 * @param {() => unknown} run may be async; fails by throwing
 */
export function test(name, run) {
  cases.push({ name, run });
}

/**
 * @param {unknown} got
 * @param {unknown} want
 * @param {string} [about]
 */
export function equal(got, want, about = "") {
  const [a, b] = [got, want].map((v) => JSON.stringify(v) ?? String(v));
  if (a !== b) throw new Error(`${about} is ${a}, not ${b}`.trim());
}

/** @param {string} html put onto the page instead of what was there */
export function draw(html) {
  document.body.innerHTML = html;
  return /** @type {HTMLElement} */ (document.body.firstElementChild);
}

/** @param {string} selector */
export function text(selector) {
  return document.querySelector(selector)?.textContent;
}

/** @param {number} ms */
export function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

addEventListener("load", async () => {
  const results = [];
  for (const { name, run } of cases) {
    try {
      await run();
      results.push({ name, error: "" });
    } catch (e) {
      results.push({ name, error: String(e) });
    }
  }
  Object.assign(globalThis, { results });
});
