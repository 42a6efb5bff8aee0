// Draw counts by half hour as bars and shares or calls as lines. The numbers come from the page (json_script); the
// table below says the same.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("calls-chart");
  const source = document.getElementById("calls-data");
  if (!place || !source || typeof echarts === "undefined") return;
  const data = JSON.parse(source.textContent);
  const tones = { kept: "#2f8f6b", broken: "#c0392b", late: "#d9902f", accent: "#0b6e6e" };
  const strokes = ["#1b3a6b", "#8a4fa3"];
  const narrow = window.matchMedia("(max-width: 46rem)").matches;
  const chart = echarts.init(place, null, { renderer: "svg" });
  const unit = data.percent ? " %" : "";
  chart.setOption({
    animation: false,
    aria: { enabled: false },
    legend: { top: 0, left: "center", textStyle: { color: "#18222f" } },
    grid: { left: 48, right: 52, top: narrow ? 64 : 44, bottom: 30 },
    tooltip: { trigger: "axis", confine: true },
    xAxis: { type: "category", data: data.times, axisTick: { show: false }, axisLabel: { color: "#55606f", hideOverlap: true } },
    yAxis: [
      { type: "value", minInterval: 1, name: narrow ? "" : data.left, nameTextStyle: { color: "#55606f" }, axisLabel: { color: "#55606f" }, splitLine: { lineStyle: { color: "#edf0f2" } } },
      { type: "value", min: 0, max: data.percent ? 100 : null, name: narrow ? "" : data.right || "", nameTextStyle: { color: "#55606f" }, axisLabel: { color: "#55606f", formatter: `{value}${unit}` }, splitLine: { show: false } },
    ],
    series: [
      ...data.bars.map((bar) => ({ type: "bar", stack: "calls", name: bar.name, data: bar.data, barMaxWidth: 22, itemStyle: { color: tones[bar.tone] } })),
      ...data.lines.map((line, index) => ({
        type: "line", yAxisIndex: 1, name: line.name, data: line.data, symbolSize: 5, connectNulls: false,
        itemStyle: { color: strokes[index % 2] }, lineStyle: { width: 2, type: index ? "dashed" : "solid" },
        tooltip: { valueFormatter: (value) => (value === null || value === undefined ? "–" : `${value}${unit}`) },
      })),
    ],
  });
  window.addEventListener("resize", () => chart.resize());
});
