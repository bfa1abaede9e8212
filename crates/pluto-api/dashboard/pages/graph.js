// The state graph: 40 components and how they bear on each other, to be gone through by pointer or keys.

import { at, get } from "../api.js";
import { script } from "../chart.js";
import { count, h, s } from "../dom.js";
import { card, empty, facts, head, table } from "../parts.js";

const WIDTH = 1120;
const HEIGHT = 600;
const STEPS = 400;
const GROUPS = ["Identity", "Core", "Execution", "Engine", "Protection", "Storage", "Peer", "P2p"];
const VERBS = { DependsOn: "depends on", Triggers: "triggers", Validates: "validates", Aggregates: "aggregates", Bidirectional: "and" };

/** Where everything stands: forces, run to their end; the same each time. */
async function layout(components, edges) {
  for (const name of ["dispatch", "quadtree", "timer", "force"]) await script(`/assets/vendor/d3-${name}.js`);
  const nodes = components.map((component) => {
    const angle = (GROUPS.indexOf(component.group) / GROUPS.length) * 2 * Math.PI - Math.PI / 2;
    const home = { homeX: WIDTH / 2 + Math.cos(angle) * 460, homeY: HEIGHT / 2 + Math.sin(angle) * 215 };
    return { ...component, ...home, x: home.homeX + (component.number % 5) * 9, y: home.homeY + (component.number % 3) * 9, r: 5 + Math.sqrt(component.criticality) * 2.1 };
  });
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const links = edges.map((edge) => ({ ...edge, source: byName.get(edge.from), target: byName.get(edge.to) }));
  const simulation = d3.forceSimulation(nodes)
    .force("link", d3.forceLink(links).distance(110).strength(0.03))
    .force("charge", d3.forceManyBody().strength(-260))
    .force("x", d3.forceX((node) => node.homeX).strength(0.34))
    .force("y", d3.forceY((node) => node.homeY).strength(0.3))
    .force("apart", d3.forceCollide((node) => Math.max(node.r + 12, 44)))
    .stop();
  for (let step = 0; step < STEPS; step += 1) simulation.tick();
  nodes.forEach((node) => {
    node.x = Math.max(56, Math.min(WIDTH - 56, node.x));
    node.y = Math.max(24, Math.min(HEIGHT - 30, node.y));
  });
  return { nodes, links };
}

function arrow(relation) {
  return s("marker", { id: `end-${relation}`, viewBox: "0 0 8 8", refX: "7", refY: "4", markerWidth: "6", markerHeight: "6", orient: "auto-start-reverse" },
    s("path", { class: "tip", d: "M0 1l7 3-7 3z" }));
}

function line({ source, target, relation }) {
  const [dx, dy] = [target.x - source.x, target.y - source.y];
  const length = Math.hypot(dx, dy) || 1;
  const [ux, uy] = [dx / length, dy / length];
  const path = `M${source.x + ux * source.r} ${source.y + uy * source.r}L${target.x - ux * (target.r + 3)} ${target.y - uy * (target.r + 3)}`;
  return s("path", { class: "edge", d: path, "marker-end": `url(#end-${relation})`, "data-relation": relation });
}

/** The drawing; `choose` is told which component is looked at. */
function drawing({ nodes, links }, choose) {
  const relations = [...new Set(links.map(({ relation }) => relation))];
  const edges = links.map((link) => ({ link, view: line(link) }));
  const marks = nodes.map((node, index) => {
    const view = s("g", { class: "node", transform: `translate(${node.x.toFixed(1)} ${node.y.toFixed(1)})`, tabindex: index === 0 ? "0" : "-1", role: "button", "aria-label": `${node.name}, ${node.group}, criticality ${node.criticality}`, "data-group": node.group, "data-name": node.name },
      s("circle", { r: node.r.toFixed(1) }), s("text", { y: (node.r + 12).toFixed(1), "text-anchor": "middle" }, node.name));
    view.addEventListener("click", () => choose(node.name));
    view.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") choose(node.name);
      else if (!step(event.key, node)) return;
      event.preventDefault();
    });
    return { node, view };
  });
  /** An arrow key goes to the nearest component in its direction. */
  const step = (key, from) => {
    const [dx, dy] = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[key] ?? [0, 0];
    if (!dx && !dy) return false;
    const cost = ({ node }) => {
      const [x, y] = [node.x - from.x, node.y - from.y];
      const along = x * dx + y * dy;
      return along <= 1 ? Infinity : along + 2 * Math.abs(x * dy - y * dx);
    };
    const goal = marks.reduce((best, one) => (cost(one) < cost(best) ? one : best));
    if (cost(goal) < Infinity) {
      marks.forEach(({ view }) => view.setAttribute("tabindex", view === goal.view ? "0" : "-1"));
      goal.view.focus();
    }
    return true;
  };
  const svg = s("svg", { class: "graph", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "group", "aria-label": "State graph: arrow keys go from component to component" },
    s("defs", {}, relations.map(arrow)), edges.map(({ view }) => view), marks.map(({ view }) => view));
  const light = (name, impact) => {
    const near = new Set(links.filter(({ from, to }) => from === name || to === name).flatMap(({ from, to }) => [from, to]));
    const reached = new Set(impact ? [...impact.direct, ...impact.indirect] : []);
    svg.classList.toggle("choosing", Boolean(name));
    edges.forEach(({ link, view }) => view.classList.toggle("lit", link.from === name || link.to === name));
    marks.forEach(({ node, view }) => {
      view.classList.toggle("chosen", node.name === name);
      view.classList.toggle("lit", near.has(node.name));
      view.classList.toggle("reached", reached.has(node.name));
    });
  };
  return { svg, light };
}

const links = (names) => (names.length ? h("div", { class: "names" }, names.map((name) => h("a", { href: `#/graph/${name}` }, name))) : null);

function impactCard(name, impact, edges, place) {
  const rows = edges.filter(({ from, to }) => from === name || to === name);
  place.replaceChildren(card(name, { note: `criticality ${count(impact.criticality)}` }, facts([
    ["A change bears on", links(impact.direct)], ["and through these on", links(impact.indirect)], ["Triggers", links(impact.triggered)],
    ["Validated by", links(impact.validators)], ["Aggregated by", links(impact.aggregates)],
  ]), h("details", {}, h("summary", {}, `${count(rows.length)} edges`), h("ul", { class: "edges" }, rows.map(({ from, relation, to }) =>
    h("li", {}, h("a", { href: `#/graph/${from}` }, from), ` ${VERBS[relation] ?? relation} `, h("a", { href: `#/graph/${to}` }, to)))))));
}

export async function view({ values, signal }) {
  const graph = await get("/v1/graph", { signal });
  const placed = await layout(graph.components, graph.edges);
  const place = h("div", { id: "impact" }, card("Impact", {}, empty("Choose a component", "It shows what a change in it bears on.")));
  const choose = async (name) => {
    history.replaceState(null, "", `#/graph/${name}`);
    await look(name);
  };
  const drawn = drawing(placed, choose);
  const look = async (name) => {
    const impact = await get(at("/v1/graph/impact/", name), { signal });
    drawn.light(name, impact);
    impactCard(name, impact, graph.edges, place);
  };
  if (values.component) await look(values.component);
  const key = GROUPS.map((group) => h("span", { class: "key", data: { group } }, group));
  const list = table("Components", [
    { name: "Component", cell: (one) => h("a", { href: `#/graph/${one.name}` }, one.name) },
    { name: "Group", cell: (one) => one.group },
    { name: "Criticality", number: true, cell: (one) => count(one.criticality) },
  ], graph.components, { href: (one) => `#/graph/${one.name}` }).view;
  return [
    head("State graph", `${count(graph.components.length)} components, ${count(graph.edges.length)} edges. The larger a component, the more depends on it.`),
    h("section", { class: "card", "aria-label": "Drawing" }, h("div", { class: "body" }, h("div", { class: "row" }, key), h("div", { class: "scroll", tabindex: "-1" }, drawn.svg))), place,
    card("All components", { flush: true }, h("details", { class: "listed" }, h("summary", {}, "As a list"), list)),
  ];
}
