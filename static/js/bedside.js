// One bed. The page around the live part names a patient: when another one
// lies in the bed, it is loaded anew before anything else is shown.

import { openPanels, sendQuietly } from "./acknowledge.js";
import { follow } from "./feed.js";
import { coverNow } from "./veil.js";

const section = () => /** @type {HTMLElement | null} */ (document.querySelector("main [data-bed]"));
const encounter = section()?.dataset.encounter;

sendQuietly();
openPanels();
follow({
  drawn() {
    if (section()?.dataset.encounter === encounter) return;
    coverNow(document);
    location.reload();
  },
});
