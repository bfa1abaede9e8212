// Charts, by uPlot (vendor/uplot.js), in the colours of the page.

import { h } from "./dom.js";

const loading = new Map();

/** A script that is no module, loaded once. */
export function script(path) {
  if (!loading.has(path)) {
    loading.set(path, new Promise((resolve, reject) => {
      const failed = () => reject(new Error(`${path} could not be loaded`));
      document.head.append(h("script", { src: path, onload: resolve, onerror: failed }));
    }));
  }
  return loading.get(path);
}

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const STROKES = ["--accent", "--good", "--warn", "--bad"];

/**
 * A chart of series `{name, show}` over time; `set([times, …values])` draws. Times are in seconds. It is
 * drawn anew when its width or the colours change.
 */
export async function chart(label, series, { height = 190, bars = false, onEnd }) {
  await script("/assets/vendor/uplot.js");
  const box = h("div", { class: "chart", role: "img", "aria-label": label });
  let plot = null;
  let data = [[], ...series.map(() => [])];
  const options = () => {
    const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false },
      font: "12px system-ui", size: 46 };
    return {
      width: Math.max(box.clientWidth, 240), height, cursor: { y: false },
      legend: { show: true, live: true },
      scales: { y: { range: (_, low, high) => [Math.min(0, low), Math.max(high * 1.1, 1)] } },
      axes: [{ ...axis, size: 30 }, { ...axis, values: (_, ticks) => ticks.map((tick) => compact(tick)) }],
      series: [{}, ...series.map(({ name, show }, index) => ({
        label: name, stroke: colour(STROKES[index % STROKES.length]), width: 2,
        value: (_, value) => (value === null || value === undefined ? "–" : (show ?? compact)(value)),
        ...(bars ? { paths: uPlot.paths.bars({ size: [0.7, 40] }), fill: colour("--accent"), points: { show: false } }
          : { fill: index === 0 && series.length === 1 ? colour("--accent-soft") : undefined, points: { show: false } }),
      }))],
    };
  };
  const draw = () => {
    if (!box.isConnected && box.clientWidth === 0) return;
    plot?.destroy();
    plot = new uPlot(options(), data, box);
  };
  const watch = new ResizeObserver(() => draw());
  watch.observe(box);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  dark.addEventListener("change", draw);
  addEventListener("pluto-theme", draw);
  onEnd(() => {
    watch.disconnect();
    dark.removeEventListener("change", draw);
    removeEventListener("pluto-theme", draw);
    plot?.destroy();
  });
  return {
    view: box,
    set(values) {
      data = values;
      if (plot) plot.setData(values);
    },
  };
}

export const compact = (value) => new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 }).format(value);
