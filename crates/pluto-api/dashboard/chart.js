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

const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

/** Times of an axis or of a readout, as fine as the stretch of time needs. */
function times(seconds, stretch) {
  const style = stretch < 600 ? { ...CLOCK, second: "2-digit" } : stretch < 172_800 ? CLOCK : { day: "2-digit", month: "short" };
  return new Intl.DateTimeFormat("en-GB", style).format(new Date(seconds * 1000));
}

function options(width, height, name, { bars, show }, read) {
  const axis = { stroke: colour("--soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  const stretch = (plot) => plot.scales.x.max - plot.scales.x.min;
  const drawn = bars ? { paths: uPlot.paths.bars({ size: [0.75, 36], radius: 0.15 }), fill: colour("--accent"), width: 0 }
    : { stroke: colour("--accent"), fill: colour("--accent-soft"), width: 2 };
  return {
    width, height, padding: [8, 8, 0, 0], cursor: { y: false, points: { show: !bars } }, legend: { show: false },
    scales: { y: { range: (_, low, high) => [Math.min(0, low), Math.max(high * 1.1, 1)] } },
    axes: [
      { ...axis, size: 26, space: 84, values: (plot, ticks) => ticks.map((tick) => times(tick, stretch(plot))) },
      { ...axis, size: 52, space: 34, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6, 1e7, 1e8, 1e9],
        values: (_, ticks) => ticks.map((tick) => show(tick)) },
    ],
    series: [{}, { label: name, points: { show: false }, ...drawn }],
    hooks: { setCursor: [(plot) => read(plot.cursor.idx)] },
  };
}

/**
 * A chart of one figure over time; `set([times, values])` draws, times in seconds. Below it stands the
 * value under the pointer, or the last one. It is drawn anew when its width or the colours change.
 */
export async function chart(label, name, { height = 190, bars = false, show = compact, onEnd }) {
  await script("/assets/vendor/uplot.js");
  const readout = h("p", { class: "readout" });
  const canvas = h("div", { role: "img", "aria-label": label });
  const box = h("figure", { class: "chart" }, canvas, readout);
  let plot = null;
  let width = 0;
  let data = [[], []];
  const read = (index) => {
    const at = index ?? data[0].length - 1;
    if (data[0].length < 2) readout.textContent = "It is drawn as soon as there are two readings.";
    else readout.replaceChildren(`${name}: `, h("strong", {}, show(data[1][at] ?? 0)), ` at ${times(data[0][at], 0)}`);
  };
  const draw = () => {
    plot?.destroy();
    plot = null;
    read(null);
    if (data[0].length > 1 && width > 0) plot = new uPlot(options(width, height, name, { bars, show }, read), data, canvas);
  };
  // Drawing changes the height only, so the width is what counts.
  const watch = new ResizeObserver(() => {
    if (canvas.clientWidth === width) return;
    width = canvas.clientWidth;
    requestAnimationFrame(draw);
  });
  watch.observe(canvas);
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
      if (!plot) return draw();
      plot.setData(values);
      return read(null);
    },
  };
}

export const compact = (value) => new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 }).format(value);
