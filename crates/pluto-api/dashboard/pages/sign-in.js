// Signing in: by the link that the node prints, or with a token.

import { get, signIn, signOut } from "../api.js";
import { h } from "../dom.js";
import { card, command, head, trouble } from "../parts.js";

export async function view({ again }) {
  const said = h("div", {});
  const before = sessionStorage.getItem("pluto-signed-out");
  sessionStorage.removeItem("pluto-signed-out");
  if (before) said.append(h("div", { class: "notice" }, `You are signed out: ${before}`));
  const input = h("input", { type: "password", name: "token", autocomplete: "off", spellcheck: "false", required: true, size: "40" });
  const form = h("form", { class: "filters" },
    h("label", { class: "field" }, "Token", input), h("button", { type: "submit", class: "main" }, "Sign in"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    signIn(input.value.trim());
    try {
      await get("/v1/status");
      await again({ learning: true });
    } catch (error) {
      signOut();
      said.replaceChildren(trouble(error));
    }
  });
  return [
    head("Sign in", "This node answers only whoever it knows."),
    said,
    card("By the link", {},
      h("p", {}, "The node prints a link when it begins to serve. Whoever opens it may read, and change nothing, until the node stops."),
      command("pluto serve --http"),
      h("p", { class: "soft small" }, "The token stands behind the # of the link, which a browser sends nowhere. It is kept for this tab and gone when the tab is closed.")),
    card("By a token", {}, h("p", {}, "Paste the token of the link, or any bearer token that the node accepts."), form),
  ];
}
