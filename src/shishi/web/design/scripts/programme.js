// The curve of an indicator, drawn again so that it can be pointed at, stretched and compared; without it the server's
// drawing and its table stand.
import { LineChart } from "echarts/charts";
import { DataZoomComponent, GridComponent, LegendScrollComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([LineChart, DataZoomComponent, GridComponent, LegendScrollComponent, TooltipComponent, SVGRenderer]);

const COLOURS = ["#1f4e8c", "#8a4b08", "#2a6846", "#6b3f7a", "#0f6a73", "#7a2b4e"];
const MARKS = ["circle", "rect", "triangle", "diamond", "pin", "arrow"];
const number = (value) => (value === null ? null : Number(value));
const told = (text, scale) =>
  text === null ? null : Number(text).toLocaleString("zh-CN", { minimumFractionDigits: scale, maximumFractionDigits: scale });
// A hatch is a small picture that repeats: half transparent lines from corner to corner.
function hatch(colour) {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8;
  const pen = tile.getContext("2d");
  pen.strokeStyle = colour;
  pen.lineWidth = 1.4;
  for (const start of [-8, 0, 8]) {
    pen.beginPath();
    pen.moveTo(start, 8);
    pen.lineTo(start + 8, 0);
    pen.stroke();
  }
  return { image: tile, repeat: "repeat" };
}

function series(course, at, several, labels) {
  const colour = COLOURS[at % COLOURS.length];
  const points = course.real.filter((point) => point.reported !== null);
  const title = (word) => (several ? `${course.name} ${word}` : word);
  const line = {
    name: title(labels.reported),
    type: "line",
    data: points.map((point) => [point.day, number(point.reported), point]),
    symbol: MARKS[at % MARKS.length],
    symbolSize: 7,
    lineStyle: { color: colour, width: 2.6 },
    itemStyle: { color: colour },
    areaStyle: several ? undefined : { color: "#c9d6e8", opacity: 0.75 },
    emphasis: { disabled: true },
    z: 4,
  };
  const promised = {
    name: title(labels.promised),
    type: "line",
    data: course.promised.map(([day, value]) => [day, number(value)]),
    symbol: "none",
    lineStyle: { color: several ? colour : "#1d1c1a", width: 1.25, type: several ? "dashed" : "solid" },
    itemStyle: { color: several ? colour : "#1d1c1a" },
    emphasis: { disabled: true },
    z: 2,
  };
  if (several) return [promised, line];
  const kept = (basis, fill) =>
    points.some((point) => point[basis] !== null)
      ? [{
          name: labels[basis],
          type: "line",
          data: points.map((point) => [point.day, number(point[basis] ?? "0"), point]),
          symbol: "none",
          lineStyle: { width: 0 },
          itemStyle: { color: fill },
          areaStyle: { color: fill, opacity: 1 },
          emphasis: { disabled: true },
          z: 3,
        }]
      : [];
  // Hatched, right under the line, is the share of the units whose report is owed.
  const share = (point) => (point.due ? (point.due - point.received) / point.due : 0);
  const band = (part, fill) => ({
    name: labels.owed,
    type: "line",
    stack: "owed",
    data: points.map((point) => [point.day, number(point.reported) * part(point), point]),
    symbol: "none",
    lineStyle: { width: 0 },
    itemStyle: { color: "#a39b8b" },
    areaStyle: fill ? { color: fill, opacity: 0.9 } : { opacity: 0 },
    emphasis: { disabled: true },
    z: 5,
  });
  const owed = points.some((point) => share(point) > 0)
    ? [band((point) => 1 - share(point), null), band(share, hatch("#a39b8b"))]
    : [];
  return [promised, line, ...kept("evidenced", "#a9bedb"), ...kept("verified", "#1f4e8c"), ...owed];
}

function label(course, scale, unit, labels) {
  return (shown) => {
    const box = document.createElement("div");
    const head = document.createElement("b");
    head.textContent = shown[0].axisValueLabel;
    box.append(head);
    for (const item of shown) {
      if (item.seriesName === labels.owed) continue;
      const row = document.createElement("div");
      row.textContent = `${item.seriesName} ${told(String(item.value[1]), scale)} ${unit}`;
      box.append(row);
    }
    const point = shown.find((item) => item.value[2])?.value[2];
    if (point && point.due > point.received) {
      const row = document.createElement("div");
      row.textContent = `${labels.owed} ${point.due - point.received} / ${point.due}`;
      box.append(row);
    }
    return box;
  };
}

async function draw(graph) {
  const answer = await fetch(graph.dataset.course, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const found = await answer.json();
  if (!found.courses.some((course) => course.real.filter((point) => point.reported !== null).length > 1)) return;
  const labels = JSON.parse(graph.dataset.labels);
  const several = found.courses.length > 1;
  const box = document.createElement("div");
  box.className = "live";
  box.setAttribute("aria-hidden", "true");
  graph.prepend(box);
  graph.classList.add("drawn");
  const chart = init(box, null, { renderer: "svg", locale: "ZH" });
  const face = getComputedStyle(document.body).fontFamily;
  const size = parseFloat(getComputedStyle(document.documentElement).fontSize) * 0.87;
  const quiet = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const days = found.courses.flatMap((course) => course.real.map((point) => point.day)).sort();
  chart.setOption({
    animation: !quiet,
    animationDuration: 300,
    textStyle: { fontFamily: face, fontSize: size },
    legend: { type: "scroll", bottom: 0, icon: "roundRect", itemWidth: 18, itemHeight: 8, textStyle: { color: "#524e47", fontSize: size } },
    grid: { left: 8, right: 20, top: 16, bottom: 76, containLabel: true },
    tooltip: {
      trigger: "axis",
      confine: true,
      backgroundColor: "#fff",
      borderColor: "#b9b3a6",
      textStyle: { color: "#1d1c1a", fontSize: size },
      formatter: label(found, found.scale, found.unit, labels),
    },
    xAxis: {
      type: "time",
      axisLine: { lineStyle: { color: "#b9b3a6" } },
      axisLabel: { color: "#68635a", fontSize: size, hideOverlap: true },
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      min: 0,
      axisLabel: { color: "#68635a", fontSize: size, formatter: (value) => told(String(value), 0) },
      splitLine: { lineStyle: { color: "#eeebe4" } },
    },
    dataZoom: [
      { type: "inside", zoomOnMouseWheel: "ctrl", filterMode: "none" },
      { type: "slider", filterMode: "none", bottom: 30, height: 18, borderColor: "#dedad1", fillerColor: "rgba(31,78,140,.1)", handleStyle: { color: "#1f4e8c" }, showDetail: false },
    ],
    series: found.courses.flatMap((course, at) => series(course, at, several, labels)),
  });
  const before = new Date(days[0]);
  const after = new Date(days[days.length - 1]);
  const margin = Math.max((after - before) / 2, 7 * 864e5);
  chart.dispatchAction({ type: "dataZoom", startValue: +before - margin, endValue: +after + margin });
  new ResizeObserver(() => chart.resize()).observe(box);
}

for (const graph of document.querySelectorAll("[data-course]")) draw(graph).catch(() => graph.classList.remove("drawn"));
