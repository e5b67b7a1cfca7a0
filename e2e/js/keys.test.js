import { step } from "/js/keys.js";
import { equal, test } from "./harness.js";

test("arrows stay on the ward", () => {
  for (const [from, key, columns, count, want] of [
    [0, "ArrowRight", 3, 7, 1], [2, "ArrowRight", 3, 7, 3], [0, "ArrowLeft", 3, 7, 0], [6, "ArrowRight", 3, 7, 6],
    [1, "ArrowDown", 3, 7, 4], [4, "ArrowDown", 3, 7, 4], [4, "ArrowUp", 3, 7, 1], [1, "ArrowUp", 3, 7, 1], [3, "Home", 3, 7, 3],
  ]) equal(step(from, key, columns, count), want, `${key} from ${from}`);
});
