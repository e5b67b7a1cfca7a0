// One bed. The page around the live part names a patient: when another one
// lies in the bed, or this one's particulars change, it is loaded anew before
// anything else is shown.

import { openPanels, sendQuietly } from "./acknowledge.js";
import { follow } from "./feed.js";
import { noteMoves, refuseHasty } from "./steady.js";
import { Traces } from "./sweep.js";

const patient = () => /** @type {HTMLElement | null} */ (document.querySelector("main [data-bed]"))?.dataset.patient;
const shown = patient();

sendQuietly();
openPanels();
refuseHasty();

const place = () => /** @type {HTMLElement | null} */ (document.querySelector("[data-traces]"));
const traces = new Traces([place()?.dataset.traces || ""], place);
follow({ fits: () => patient() === shown, drawn: noteMoves, traces });
