// The dashboard in Chromium over the node of the demo: every page, the keyboard, the playground, a bundle
// that is verified in the page, and a connection that is lost and resumes.
//
// `PLUTO_LINK` is the link that the node printed, `PLUTO_DATA` its data, `PLUTO_BIN` the program,
// `PLUTO_CHROMIUM` the browser.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { browser, link, open, pluto, settled, story, token, wire } from "./stand.mjs";

let running;
let realm;
let log;

before(async () => {
  running = await browser();
  ({ realm } = await story());
  log = await pluto("log", "--limit", "100", "--realm", "ops");
});

after(async () => running?.close());

/** Runs with a page of its own, which must have had nothing to complain about. */
const shown = (name, run, options) => test(name, async () => {
  const stand = await open(running, options);
  try {
    await run(stand);
    stand.quiet();
  } finally {
    await stand.close();
  }
});

/** The first of the story, which checkpoints cover. */
const first = (kind, outcome = "") => log.find((one) => one.kind === kind && one.outcome.startsWith(outcome));

shown("the link signs in, and its token is not left in the address", async ({ page }) => {
  assert.equal(new URL(page.url()).hash, "#/");
  assert.match(await page.textContent("main"), /What this node holds/u);
  assert.equal(await page.evaluate(() => localStorage.length), 0);
});

shown("the overview shows the node's own figures", async ({ page }) => {
  const status = await pluto("status");
  await page.locator(".figure", { hasText: new RegExp(`^Events${status.events}`, "u") }).waitFor();
  await page.locator(".figure", { hasText: "Healthhealthy" }).waitFor();
  const { state_root: root } = await story();
  await page.locator(`[title="${root}"]`).waitFor();
  await page.locator(".chart canvas").waitFor();
  await page.locator('#live[data-state="good"]').waitFor();
});

shown("an event is shown with header, parents, verdict, proof and bytes", async ({ page, go }) => {
  const { event } = first("ActionDecided", "allow");
  await go(`#/events/${event}`);
  assert.equal(await page.locator("h1").innerText(), "ActionDecided");
  for (const part of ["Header", "Parents", "Verdict", "What it says", "Proof of inclusion", "Raw bytes"]) {
    await page.getByRole("heading", { name: part, exact: true }).waitFor();
  }
  await page.click("#prove");
  await page.getByText("Log root").waitFor();
  await page.click("#run");
  await page.locator("pre.block", { hasText: "0000  " }).waitFor();
});

shown("identities of the node's owner bear the names that the owner gave them", async ({ page, go }) => {
  await go("#/decisions");
  await page.getByRole("link", { name: "bot", exact: true }).first().click();
  await page.getByRole("heading", { name: "bot", exact: true }).waitFor();
  await go("#/events");
  await page.getByRole("link", { name: "me", exact: true }).first().waitFor();
});

shown("an event without its payload says whether it was erased or never came", async ({ page, go }) => {
  const { event } = first("ActionDecided", "allow");
  for (const [erased, said] of [["asked for", "The reason given: asked for."], [null, "It has not come yet."]]) {
    const absent = { payload: null, described: null, erased };
    await page.route(`**/v1/events/${event}`, async (route) => {
      const answer = await route.fetch();
      await route.fulfill({ response: answer, json: { ...await answer.json(), ...absent } });
    }, { times: 1 });
    await go("#/");
    await go(`#/events/${event}`);
    await page.getByText(said).waitFor();
    await page.getByRole("button", { name: erased ? "Payload erased" : "Payload not here", disabled: true }).waitFor();
  }
});

shown("a realm shows rules, roots, members, policies, quotas, checkpoints and state", async ({ page, go }) => {
  await go(`#/realms/${realm}`);
  for (const part of ["Rules", "Roots", "Members", "Policies", "Quotas", "Checkpoints", "State"]) {
    await page.getByRole("heading", { name: part, exact: true }).waitFor();
  }
  await page.getByRole("link", { name: "Realm", exact: true }).click();
  await page.getByRole("button", { name: "Prove" }).first().click();
  await page.getByRole("link", { name: /bytes/u }).waitFor();
});

shown("an identity shows six dimensions of trust, why, and what it wrote", async ({ page, go }) => {
  await go("#/identities");
  await page.locator("tbody tr").first().click();
  await page.locator(".radar .axis").nth(5).waitFor();
  await page.locator(".radar .axis").first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Why integrity" }).waitFor();
  await page.getByRole("heading", { name: "History" }).waitFor();
});

shown("the state graph is gone through by keys", async ({ page, go }) => {
  await go("#/graph");
  assert.equal(await page.locator(".graph .node").count(), 40);
  await page.locator(".graph .node[tabindex='0']").focus();
  await page.keyboard.press("ArrowRight");
  const name = await page.evaluate(() => document.activeElement.dataset.name);
  await page.keyboard.press("Enter");
  await page.locator("#impact").getByRole("heading", { name }).waitFor();
  assert.ok((await page.locator(".graph .edge.lit").count()) > 0);
});

shown("the playground underlines what is wrong and says so under the cursor", async ({ page, go }) => {
  await go("#/policies");
  const source = await page.inputValue("#source");
  assert.match(source, /policy action on controller/u);
  await page.fill("#source", source.replace("amount <= 50", "amount <= fifty"));
  await page.locator(".editor .fault").first().waitFor();
  await page.locator(".diagnostic button").first().click();
  assert.match(await page.locator("#under").innerText(), /ECL-\d{4}/u);
});

shown("the playground asks in both modes and explains", async ({ page, go }) => {
  await go("#/policies");
  await page.locator("#diagnostics", { hasText: "compiles" }).waitFor();
  await page.fill("#given", 'action = "read"\nresource = "prod/secrets"\namount = 1');
  await page.getByRole("button", { name: "Ask in both modes" }).click();
  await page.locator("#answer", { hasText: "deny" }).waitFor();
  assert.match(await page.locator("#asked").innerText(), /secrets are for people[^]*agree[^]*glob/u);
});

shown("the playground asks an edited policy on the state of the realm", async ({ page, go }) => {
  const before = (await pluto("log", "--limit", "100", "--realm", "ops")).length;
  await go("#/policies");
  await page.fill("#source", 'policy action on controller (action: text<128>) {\n  deny if action == "read", "not while it is tried"\n  allow\n}\n');
  await page.locator("#diagnostics", { hasText: /^compiles/u }).waitFor();
  await page.selectOption('[name="actor"]', first("DelegationCreated").author);
  await page.fill('[name="action"]', "read");
  await page.fill('[name="resource"]', "prod/web");
  await page.getByRole("button", { name: "Ask on the state" }).click();
  await page.locator(".answered", { hasText: "not while it is tried" }).waitFor();
  assert.equal((await pluto("log", "--limit", "100", "--realm", "ops")).length, before);
});

shown("the playground tries a policy on the log", async ({ page, go }) => {
  await go("#/policies");
  await page.fill("#source", 'policy admission on controller (size: int) {\n  require size <= 1, "too large"\n  allow\n}\n');
  await page.locator("#diagnostics", { hasText: /^compiles/u }).waitFor();
  await page.getByRole("button", { name: "Try on the log" }).click();
  await page.locator("#tried", { hasText: "judged" }).waitFor();
});

shown("a decision is verified in the page, and one flipped byte is refused", async ({ page, go }) => {
  await go("#/decisions");
  await page.getByRole("link", { name: "Verify", exact: true }).last().click();
  await page.locator('#verdict[data-holds="true"]').waitFor();
  assert.equal(await page.locator(".checks li").count(), 12);
  await page.click("#flip");
  await page.locator('#verdict[data-holds="false"]').waitFor();
  await page.click("#flip");
  await page.locator('#verdict[data-holds="true"]').waitFor();
});

shown("what is asked now is answered, and recorded nowhere", async ({ page, go }) => {
  const decided = async () => (await pluto("log", "--limit", "100", "--realm", "ops")).length;
  const before = await decided();
  await go("#/decisions");
  await page.fill('[name="action"]', "read");
  await page.fill('[name="resource"]', "prod/web");
  await page.getByRole("button", { name: "Ask", exact: true }).click();
  await page.getByText("As of").waitFor();
  assert.equal(await decided(), before);
});

shown("what the node lacks is n/a, and never asked for", async ({ page, go }) => {
  const asked = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  await go("#/peers");
  await page.locator('[data-missing="network"]').waitFor();
  await go("#/metrics");
  await page.getByText("pluto_realm_events").first().waitFor();
  assert.ok(!asked.includes("/v1/peers") && !asked.includes("/v1/sync"), asked.join(" "));
});

shown("a row is a stop of the Tab key, arrows go on, Enter opens it", async ({ page, go }) => {
  await go("#/decisions");
  await page.locator("tbody tr").first().focus();
  await page.keyboard.press("ArrowDown");
  assert.equal(await page.evaluate(() => document.activeElement.sectionRowIndex), 1);
  assert.equal(await page.locator("section").first().locator("tbody tr[tabindex='0']").count(), 1);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Header" }).waitFor();
});

shown("the first stop of the Tab key skips to the content", async ({ page }) => {
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "main");
  assert.equal(new URL(page.url()).hash, "#/");
});

shown("the colours follow the system, and can be switched", async ({ page }) => {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.click("#theme");
  assert.notEqual(await ground(), dark);
  await page.click("#theme");
  assert.equal(await ground(), dark);
}, { scheme: "dark" });

for (const width of [1280, 390]) {
  shown(`no page is wider than ${width} pixels`, async ({ page, go }) => {
    const { event } = first("ActionDecided", "allow");
    for (const hash of ["#/", "#/events", `#/events/${event}`, "#/metrics", "#/peers", "#/graph/Trust", "#/realms", `#/realms/${realm}`, "#/identities", "#/decisions", "#/policies", `#/verify/${event}`]) {
      await go(hash);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `${hash} is ${wide} pixels wide`);
    }
  }, { width });
}

/** Lets the page's next live stream say this and end, once. */
const saying = async (page, name, data) => {
  let isSaid = false;
  await page.route(/\/v1\/stream(?!.*until=)/u, (route) => {
    if (isSaid) return route.continue();
    isSaid = true;
    const body = `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
    return route.fulfill({ contentType: "text/event-stream", body });
  });
};

shown("a page that fell behind says so, and reads what was left out", async ({ page, go }) => {
  await saying(page, "lag", { from: "0-0", to: "0-1", read: "/v1/stream?after=0&until=0-1" });
  await go("#/events");
  await page.locator('.notice[data-lag="0-1"]').waitFor();
  const read = page.waitForResponse((response) => response.url().includes("until=0-1"));
  await page.getByRole("button", { name: "Read what was left out" }).click();
  assert.equal((await read).status(), 200);
  await page.locator(".notice[data-lag]").waitFor({ state: "detached" });
});

shown("a page reads its list again when events changed their places", async ({ page, go }) => {
  await saying(page, "reorganised", { realm, from: 3 });
  await go("#/events");
  await page.locator('.notice[data-moved="3"]').waitFor();
  await page.locator("tbody tr").first().waitFor();
});

test("a lost connection is said, resumes, and leaves nothing out", async () => {
  const line = await wire();
  const { page, go, close } = await open(running, { origin: line.origin });
  try {
    await go("#/events");
    await page.locator('#live[data-state="good"]').waitFor();
    const before = await pluto("event", "append", "notes", "before", "the cut", "--realm", "ops");
    await page.locator(`[title="${before.event}"]`).waitFor();
    line.cut();
    await page.locator('[data-connection="lost"]').waitFor();
    const during = await pluto("event", "append", "notes", "during", "the cut", "--realm", "ops");
    line.mend();
    await page.locator(`[title="${during.event}"]`).waitFor();
    assert.match(await page.locator("#connection").innerText(), /nothing was left out/u);
    assert.equal(await page.locator(`[title="${before.event}"]`).count(), 1);
    assert.equal(await page.locator('#live[data-state="good"]').innerText(), "Live again");
  } finally {
    await close();
    line.close();
  }
});

test("a token that is none is refused, and the right one signs in", async () => {
  const context = await running.newContext();
  const page = await context.newPage();
  await page.goto(`${link.origin}/#/decisions`);
  await settled(page);
  assert.equal(await page.locator("h1").innerText(), "Sign in");
  await page.fill('[name="token"]', "nonsense");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator(".notice, .trouble").first().waitFor();
  await page.fill('[name="token"]', token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Decisions" }).first().waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in", exact: true }).waitFor();
  await context.close();
});

test("what fails in a script is said in a banner", async () => {
  const { page, close } = await open(running);
  await page.evaluate(() => setTimeout(() => { throw new Error("on purpose"); }));
  await page.locator("#banner", { hasText: "on purpose" }).waitFor();
  await close();
});

shown("an address that is none says so", async ({ page, go }) => {
  await go("#/no/such/page");
  assert.equal(await page.locator("h1").innerText(), "Not found");
});
