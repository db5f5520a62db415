// What every page of the office has: htmx for parts, dialogs and confirmations, typed words, files that are too large.
import "htmx.org";
import "./_dialogs.js";
import "./_typed.js";
import "./_uploads.js";
