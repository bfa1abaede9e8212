// Pictures of every page, at two widths and in both colour schemes, into `PLUTO_SCREENSHOTS`.

import { join } from "node:path";

import { browser, open, pluto, story } from "./stand.mjs";

const folder = process.env.PLUTO_SCREENSHOTS;
const only = process.argv.slice(2);
const running = await browser();
const { realm } = await story();
const log = await pluto("log", "--limit", "100", "--realm", "ops");
const decision = log.find(({ kind, outcome }) => kind === "ActionDecided" && outcome.startsWith("allow"));
const PAGES = {
  overview: "#/", events: "#/events", event: `#/events/${decision.event}`, metrics: "#/metrics", peers: "#/peers", graph: "#/graph/Trust",
  realms: "#/realms", realm: `#/realms/${realm}`, identities: "#/identities", identity: `#/realms/${realm}/identities/${log.find(({ what }) => what.startsWith("asks")).author}`,
  entries: `#/realms/${realm}/state/Execution`, decisions: "#/decisions", policies: "#/policies", verify: `#/verify/${decision.event}`, "sign-in": "#/sign-in",
};

for (const width of [1280, 390]) {
  for (const scheme of ["light", "dark"]) {
    const { page, go, complaints, close } = await open(running, { width, height: width === 390 ? 844 : 900, scheme });
    for (const [name, hash] of Object.entries(PAGES).filter(([name]) => only.length === 0 || only.includes(name))) {
      await go(hash);
      if (name === "metrics") await page.waitForFunction(() => document.querySelectorAll(".chart canvas").length > 3);
      if (name === "policies") await page.getByRole("button", { name: "Ask in both modes" }).click().then(() => page.locator("#answer").waitFor());
      await page.screenshot({ path: join(folder, `${name}-${width}-${scheme}.png`), fullPage: true });
    }
    if (complaints.length > 0) throw new Error(complaints.join("\n"));
    await close();
  }
}
await running.close();
