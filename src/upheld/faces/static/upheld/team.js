// The team lead's page: one key takes over the case that the cursor is on, and the picture of the day is drawn.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  if (event.key !== "t") return;
  const row = document.querySelector(".owed.at[data-row]") || (event.target.closest && event.target.closest(".owed[data-row]"));
  const button = row && row.querySelector("[data-take]");
  if (button) { event.preventDefault(); button.click(); }
});

document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("day-chart");
  const source = document.getElementById("day-data");
  if (!place || !source || typeof echarts === "undefined") return;
  const data = JSON.parse(source.textContent);
  const colours = { kept: "#17693f", broken: "#b0231a", open: "#1b57ab" };
  const marks = { kept: "none", broken: { symbol: "line", dashArrayX: [1, 0], dashArrayY: [3, 4], rotation: 0.6, color: "rgba(255,255,255,0.7)" }, open: { symbol: "circle", symbolSize: 0.5, color: "rgba(255,255,255,0.6)" } };
  const chart = echarts.init(place, null, { renderer: "svg" });
  chart.setOption({
    animation: false,
    aria: { enabled: false },
    grid: { left: 36, right: 8, top: 34, bottom: 24 },
    legend: { top: 0, left: 0, textStyle: { color: "#18222f" } },
    tooltip: { trigger: "axis", confine: true },
    xAxis: { type: "category", data: data.times, axisLabel: { color: "#55606f" }, axisTick: { show: false } },
    yAxis: { type: "value", minInterval: 1, axisLabel: { color: "#55606f" }, splitLine: { lineStyle: { color: "#edf0f2" } } },
    series: data.series.map((one) => ({
      type: "bar", stack: "all", name: one.name, data: one.values, barMaxWidth: 22,
      itemStyle: { color: colours[one.key], decal: marks[one.key] === "none" ? undefined : marks[one.key] },
    })),
  });
  window.addEventListener("resize", () => chart.resize());
});
