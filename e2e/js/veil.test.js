import { coverNow, holdOff } from "/js/veil.js";
import { draw, equal, test } from "./harness.js";

const bed = `<article class="tile"><div class="cover"><strong>NOT LIVE</strong></div></article>`;
const cover = () => /** @type {Element} */ (document.querySelector(".cover"));
const opacity = () => Number(getComputedStyle(cover()).opacity);
const animation = () => cover().getAnimations()[0];

test("a cover is one animation of six seconds that ends opaque", () => {
  draw(bed);
  equal(cover().getAnimations().length, 1);
  const { duration, delay, fill, iterations } = animation().effect.getComputedTiming();
  equal([duration, delay, fill, iterations], [6000, 0, "forwards", 1]);
  const frames = animation().effect.getKeyframes();
  equal(frames.map((f) => [f.computedOffset, Number(f.opacity)]), [[0, 0], [0.94, 0], [1, 1]]);
});

test("the animation runs on the compositor alone: nothing but opacity moves", () => {
  draw(bed);
  const moved = new Set(animation().effect.getKeyframes().flatMap((f) => Object.keys(f)));
  for (const known of ["offset", "computedOffset", "easing", "composite"]) moved.delete(known);
  equal([...moved], ["opacity"]);
});

test("held off in time, nothing is seen", () => {
  draw(bed);
  animation().currentTime = 5500;
  holdOff(document);
  equal([animation().currentTime, opacity()], [0, 0]);
});

test("without anybody who holds it off, it covers", () => {
  draw(bed);
  animation().currentTime = 6001;
  equal(opacity(), 1);
});

test("held off again after covering, it is armed anew", () => {
  draw(bed);
  coverNow(document);
  equal([opacity(), animation().playState], [1, "finished"]);
  holdOff(document);
  equal([opacity(), animation().playState], [0, "running"]);
});
