// The central station.

import { openPanels, sendQuietly } from "./acknowledge.js";
import { announce } from "./announce.js";
import { follow } from "./feed.js";
import { listen, rove } from "./keys.js";
import { noteMoves, refuseHasty } from "./steady.js";

sendQuietly();
openPanels();
refuseHasty();
listen();
rove();
follow({
  drawn(isSnapshot) {
    rove();
    noteMoves();
    announce(isSnapshot);
  },
});
