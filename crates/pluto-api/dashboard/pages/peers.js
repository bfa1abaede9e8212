// Peers, and how the events here compare with theirs.

import { get } from "../api.js";
import { count, h, hash, moment, short } from "../dom.js";
import { badge, card, empty, facts, figure, figures, head, missing, table, trouble } from "../parts.js";

const REFRESH_MS = 5_000;

const equal = (value) => (value === null ? badge("not said yet") : value ? badge("equal", "good") : badge("differs", "warn"));

function peersTable(peers) {
  if (peers.length === 0) return empty("No peers yet", "A node meets those that it is told of, and those that join its realms.", "pluto peer add /ip4/192.0.2.1/tcp/4100/p2p/12D3KooW…");
  return table("Peers", [
    { name: "Peer", cell: (one) => hash(one.peer, { length: 16, what: "peer id" }) },
    { name: "Owner", cell: (one) => (one.owner ? hash(one.owner, { length: 22, what: "DID" }) : h("span", { class: "soft" }, "not said")) },
    { name: "State", cell: (one) => (one.connected ? badge("connected", "good") : badge("away")) },
    { name: "Score", number: true, cell: (one) => (one.score === undefined ? "" : count(one.score)) },
    { name: "Address", cell: (one) => h("span", { class: "mono small" }, short(one.address ?? one.addresses?.[0] ?? "", 40)) },
  ], peers).view;
}

function syncCards({ realms, faults }) {
  const cards = realms.map((realm) => card(realm.name || "Unnamed realm", { flush: true, note: `${count(realm.events)} events` },
    h("div", { class: "body" }, facts([
      ["Heads root", hash(realm.heads_root, { length: 20, what: "heads root" })], ["State root", hash(realm.state_root, { length: 20, what: "state root" })],
      ["Checkpoint", realm.checkpoint ? h("span", {}, `#${realm.checkpoint.number} `, moment(realm.checkpoint.time_ms)) : null],
    ])),
    realm.peers.length ? table("With peers", [
      { name: "Peer", cell: (one) => hash(one.peer, { length: 16, what: "peer id" }) }, { name: "Events", cell: (one) => equal(one.equal) },
      { name: "Came from it", number: true, cell: (one) => count(one.events) }, { name: "Last", cell: (one) => one.last ?? "" },
    ], realm.peers).view : empty("Shared with nobody yet", "Whoever has this line may join:", "pluto realm invite")));
  return [...cards, faults.length > 0 && card("Faults of peers", {}, h("pre", { class: "block wrap" }, JSON.stringify(faults, null, 2)))];
}

export async function view({ known, signal, onEnd }) {
  const title = head("Peers and sync", "The same events on every node; equal heads mean equal state.");
  const why = known.why("network");
  if (why) return [title, card("Network", {}, missing("network", `Not here: ${why}.`, "pluto serve --http --listen /ip4/0.0.0.0/tcp/4100"))];
  const place = h("div", { class: "page" });
  const refresh = async () => {
    const [peers, sync] = await Promise.all([get("/v1/peers", { signal }), get("/v1/sync", { signal })]);
    place.replaceChildren(
      figures(figure("Connected", count(peers.peers.filter((one) => one.connected).length), { note: `of ${count(peers.peers.length)} known` }),
        figure("Realms shared", count(sync.realms.filter((one) => one.peers.length).length)),
        figure("In agreement", count(sync.realms.flatMap((one) => one.peers).filter((one) => one.equal).length), { note: `of ${count(sync.realms.flatMap((one) => one.peers).length)} pairs` })),
      card("This node", {}, facts([["Peer id", hash(peers.node, { length: 24, what: "peer id" })], ["Owner", peers.owner ? hash(peers.owner, { length: 30, what: "DID" }) : null],
        ["Listening at", peers.listening.length ? peers.listening.map((one) => h("div", { class: "mono small" }, one)) : null]])),
      card("Peers", { flush: true }, peersTable(peers.peers)), ...syncCards(sync).filter(Boolean));
  };
  await refresh();
  const clock = setInterval(() => !document.hidden && refresh().catch((error) => error.name !== "AbortError" && place.replaceChildren(trouble(error, refresh))), REFRESH_MS);
  onEnd(() => clearInterval(clock));
  return [title, place];
}
