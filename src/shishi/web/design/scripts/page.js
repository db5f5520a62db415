// What every page of the office has: htmx for parts, dialogs and confirmations.
import "htmx.org";
import "./_dialogs.js";
