import { ServerClock, timeOfDay } from "/js/clock.js";
import { equal, test } from "./harness.js";

/** A clock of ours beside a monotonic one that the test turns. */
function clocks() {
  const here = { now: 1000 };
  return { here, clock: new ServerClock(() => here.now) };
}

test("before the first frame the time is not known", () => {
  equal(Number.isNaN(clocks().clock.now()), true);
});

test("a frame that was held up does not set the clock back", () => {
  const { here, clock } = clocks();
  clock.heard(500_000);
  here.now += 10_000;
  clock.heard(503_000); // seven seconds on its way
  equal(clock.now(), 510_000);
});

test("a quicker frame sets the clock forward", () => {
  const { here, clock } = clocks();
  clock.heard(500_000);
  here.now += 1000;
  clock.heard(501_400);
  equal(clock.now(), 501_400);
});

test("a frame counts for no more than two minutes", () => {
  const { here, clock } = clocks();
  clock.heard(500_400); // the server's clock is then set back by 400 ms
  for (let i = 1; i <= 125; i++) {
    here.now += 1000;
    clock.heard(500_000 + i * 1000);
  }
  equal(clock.now(), 625_000);
});

test("another process may have another clock", () => {
  const { clock } = clocks();
  clock.heard(900_000);
  clock.reset();
  clock.heard(500_000);
  equal(clock.now(), 500_000);
});

test("times of day are those of the unit", () => {
  const summer = Date.UTC(2026, 6, 1, 13, 4, 5);
  equal(timeOfDay("Europe/London")(summer), "14:04:05");
  equal(timeOfDay("Europe/Berlin")(Date.UTC(2026, 0, 1, 23, 0, 0)), "00:00:00");
  equal(timeOfDay("")(summer), "13:04:05");
});
