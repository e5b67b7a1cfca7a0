import { announce } from "/js/announce.js";
import { draw, equal, pause, test, text } from "./harness.js";

const row = (id, bed, what) => `<li id="alarm-${id}" data-alarm="${id}"><span class="l1"><b>${bed}</b></span><span class="l2">${what}</span></li>`;
const rail = (...rows) => draw(`<main><aside class="rail"><ol class="open">${rows.join("")}</ol></aside><p id="announce"></p></main>`);

const a = row("1", "ICU-1", "HR 130>120"), b = row("2", "ICU-2", "SpO2 86<90"), c = row("3", "ICU-3", "RR 33>30"), d = row("4", "ICU-4", "HR 44<50");

test("only new alarms are told, and three at once are counted", async () => {
  rail(a);
  announce(true);
  equal(text("#announce"), "", "what stood before");
  rail(a, b);
  announce(false);
  equal(text("#announce"), "ICU-2: SpO2 86<90");
  rail(a, b);
  announce(false);
  equal(text("#announce"), "", "what was told before");
  rail(a, b, c);
  announce(false);
  equal(text("#announce"), "", "within three seconds of the last");
  await pause(3100);
  equal(text("#announce"), "ICU-3: RR 33>30", "three seconds later");
  rail(d, row("5", "ICU-5", "x"), row("6", "ICU-6", "y"));
  announce(false);
  await pause(3100);
  equal(text("#announce"), "3 new alarms");
});
