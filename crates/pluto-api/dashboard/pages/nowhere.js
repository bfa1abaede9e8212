// An address that is none.

import { h } from "../dom.js";
import { card, empty, head } from "../parts.js";

export const view = () => [
  head("Not found", "There is no page at this address."),
  card("Elsewhere", {}, empty("Begin at the overview", "", null), h("p", {}, h("a", { href: "#/" }, "Overview"))),
];
