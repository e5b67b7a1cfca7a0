import { says } from "/js/filter.js";
import { equal, test } from "./harness.js";

test("a row is shown when it says every word that was typed", () => {
  for (const [typed, want] of [["", true], ["pump", true], ["icu-3  pump", true], ["ICU-4", false], ["pump silent", false]]) {
    equal(says("PUMP11 pump ICU-3 its gateway", typed), want, typed);
  }
});
