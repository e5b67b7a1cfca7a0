import { morphAll } from "/js/morph.js";
import { draw, equal, test, text } from "./harness.js";

test("a fragment takes the place of the element with its id", () => {
  draw(`<main><p id="a">old</p><p id="b">stays</p></main>`);
  equal(morphAll([`<p id="a">new</p>`, `<p id="c">nowhere</p>`]), { drawn: ["a"], missing: ["c"] });
  equal([text("#a"), text("#b")], ["new", "stays"]);
});

test("the element itself stays, with focus and tab order", () => {
  draw(`<main><article id="a" tabindex="0"><b>1</b></article></main>`);
  const el = /** @type {HTMLElement} */ (document.getElementById("a"));
  el.focus();
  morphAll([`<article id="a" tabindex="-1" class="worse"><b>2</b></article>`]);
  equal([document.getElementById("a") === el, document.activeElement === el, el.tabIndex, el.className, text("#a b")], [true, true, 0, "worse", "2"]);
});

test("what somebody writes is not taken from them", () => {
  draw(`<main><label id="a">Note <input name="note"></label></main>`);
  const input = /** @type {HTMLInputElement} */ (document.querySelector("input"));
  input.focus();
  input.value = "on my w";
  morphAll([`<label id="a">Note, required <input name="note"></label>`]);
  equal([document.querySelector("input") === input, input.value, document.activeElement === input], [true, "on my w", true]);
});

test("a cover that is up stays up while its tile is drawn anew", () => {
  draw(`<article id="a" class="tile"><b>1</b><div class="cover">NOT LIVE</div></article>`);
  const cover = /** @type {Element} */ (document.querySelector(".cover"));
  cover.getAnimations()[0].finish();
  morphAll([`<article id="a" class="tile rank-1"><i>new</i><b>2</b><div class="cover">NOT LIVE</div></article>`]);
  const covers = [...document.querySelectorAll(".cover")];
  equal([covers.length, covers[0] === cover, getComputedStyle(covers[0]).opacity], [1, true, "1"]);
});

test("an inline style in a fragment has no effect", () => {
  draw(`<p id="a">x</p>`);
  morphAll([`<p id="a" style="opacity: 0.5">x</p>`]);
  equal(getComputedStyle(/** @type {Element} */ (document.getElementById("a"))).opacity, "1");
});
