// Six values of trust as a radar; each axis can be chosen, and says its value in words.

import { ppm, s } from "./dom.js";

const SIZE = 340;
const MIDDLE = SIZE / 2;
const REACH = 112;
const RINGS = [0.25, 0.5, 0.75, 1];

function point(index, share) {
  const angle = (index / 6) * 2 * Math.PI - Math.PI / 2;
  return [MIDDLE + Math.cos(angle) * REACH * share, MIDDLE + Math.sin(angle) * REACH * share];
}

const polygon = (shares) => shares.map((share, index) => point(index, share).map((at) => at.toFixed(1)).join(",")).join(" ");

export function radar(dimensions, choose) {
  const shares = dimensions.map(({ value_ppm }) => value_ppm / 1_000_000);
  const rings = RINGS.map((ring) => s("polygon", { class: "ring", points: polygon(dimensions.map(() => ring)) }));
  const axes = dimensions.map(({ dimension, value_ppm }, index) => {
    const [x, y] = point(index, 1);
    const [textX, textY] = point(index, 1.2);
    const anchor = Math.abs(textX - MIDDLE) < 4 ? "middle" : textX > MIDDLE ? "start" : "end";
    const label = s("text", { x: textX.toFixed(1), y: textY.toFixed(1), "text-anchor": anchor, "dominant-baseline": "middle" },
      s("tspan", {}, dimension), s("tspan", { class: "value", x: textX.toFixed(1), dy: "1.25em" }, ppm(value_ppm)));
    const axis = s("g", { class: "axis", tabindex: index === 0 ? "0" : "-1", role: "button", "aria-label": `${dimension} ${ppm(value_ppm)}: why`, "data-dimension": dimension },
      s("line", { x1: MIDDLE, y1: MIDDLE, x2: x.toFixed(1), y2: y.toFixed(1) }),
      s("circle", { cx: point(index, shares[index])[0].toFixed(1), cy: point(index, shares[index])[1].toFixed(1), r: "4" }), label);
    axis.addEventListener("click", () => choose(dimension));
    return axis;
  });
  axes.forEach((axis, index) => axis.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" || event.key === " ") choose(dimensions[index].dimension);
    else if (step) {
      const goal = axes[(index + step + axes.length) % axes.length];
      axes.forEach((each) => each.setAttribute("tabindex", each === goal ? "0" : "-1"));
      goal.focus();
    } else return;
    event.preventDefault();
  }));
  return s("svg", { class: "radar", viewBox: `-34 0 ${SIZE + 68} ${SIZE}`, role: "group", "aria-label": "Trust in six dimensions" },
    rings, s("polygon", { class: "area", points: polygon(shares) }), axes);
}
