import { age, bounds, elapsed, look, older, timeLeft } from "/js/ages.js";
import { equal, test } from "./harness.js";

const S = 1000, M = 60 * S, H = 60 * M;

test("an age is told in its largest unit", () => {
  for (const [ms, want] of [
    [-5 * S, "0 s"], [0, "0 s"], [999, "0 s"], [6 * S, "6 s"], [89 * S, "89 s"], [90 * S, "1 m"], [22 * M, "22 m"],
    [89 * M, "89 m"], [90 * M, "1 h"], [47 * H, "47 h"], [48 * H, "2 d"],
  ]) equal(age(ms), want, `age of ${ms} ms`);
});

test("a stopwatch counts up", () => {
  for (const [ms, want] of [
    [-1, "00:00"], [9 * S, "00:09"], [134 * S, "02:14"], [3599 * S, "59:59"], [H, "1:00:00"], [3 * H + 134 * S, "3:02:14"],
  ]) equal(elapsed(ms), want, `${ms} ms`);
});

test("time left counts down in hours and minutes", () => {
  for (const [ms, want] of [[-M, "0:00"], [59 * S, "0:00"], [41 * M, "0:41"], [61 * M, "1:01"], [25 * H, "25:00"]]) {
    equal(timeLeft(ms), want, `${ms} ms`);
  }
});

test("a look changes beyond its bound, not at it", () => {
  const limits = bounds("3 10 60");
  equal(limits, [3 * S, 10 * S, 60 * S]);
  for (const [ms, want] of [
    [-S, "fresh"], [0, "fresh"], [3 * S, "fresh"], [3 * S + 1, "ageing"], [10 * S, "ageing"], [10 * S + 1, "stale"],
    [60 * S, "stale"], [60 * S + 1, "gone"],
  ]) equal(look(ms, limits), want, `${ms} ms old`);
});

test("a bound that is not given never comes", () => {
  equal(look(1e15, bounds("3 10")), "stale");
  equal(look(1e15, bounds("")), "fresh");
});

test("what cannot be reckoned is not fresh", () => {
  equal(look(NaN, bounds("3 10 60")), "gone", "an unknown age");
  equal(look(1, bounds("3 x 60")), "stale", "a broken bound");
});

test("the older look counts", () => {
  equal(older("fresh", "gone"), "gone");
  equal(older("stale", "ageing"), "stale");
});
