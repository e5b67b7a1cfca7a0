// One alarm as a page of its own. Its form is sent as a plain form; only the
// header and the running times follow the feed.

import { follow } from "./feed.js";

follow();
