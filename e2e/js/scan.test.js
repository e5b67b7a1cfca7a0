import { isTyped, target } from "/js/scan.js";
import { equal, test } from "./harness.js";

const field = (value) => Object.assign(document.createElement("input"), { value });

test("what is scanned goes into the first empty field", () => {
  const [a, b] = [field(""), field("")];
  equal(target([a, b]) === a, true, "the first of two empty ones");
  a.value = "PUMP5";
  equal(target([a, b]) === b, true, "the second, once the first is filled");
  b.value = "ICU-12";
  equal(target([a, b]) === a, true, "the first again, to begin anew");
  const number = field("");
  equal(target([a, b], number) === number, true, "what comes next, once both have found something");
  number.value = "MRN1001";
  equal(target([a, b], number) === a, true, "not what comes next, once it is filled");
  equal(target([]), undefined, "of none");
});

test("commands are not scanned", () => {
  for (const [init, want] of [
    [{ key: "7" }, true], [{ key: "A" }, true], [{ key: "Enter" }, false], [{ key: "Escape" }, false], [{ key: "r", ctrlKey: true }, false],
  ]) equal(isTyped(new KeyboardEvent("keydown", init)), want, JSON.stringify(init));
});
