// The central station.

import { openPanels, sendQuietly } from "./acknowledge.js";
import { announce } from "./announce.js";
import { follow } from "./feed.js";
import { listen, rove } from "./keys.js";

sendQuietly();
openPanels();
listen();
rove();
follow({
  drawn(isSnapshot) {
    rove();
    announce(isSnapshot);
  },
});
