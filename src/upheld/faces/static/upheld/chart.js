// Draw the kept rate by clause. The numbers come from the page itself (json_script), the table below says the same.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("rate-chart");
  const source = document.getElementById("rate-data");
  if (!place || !source || typeof echarts === "undefined") return;
  const data = JSON.parse(source.textContent);
  place.style.height = `${Math.max(data.bars.length * 30 + 56, 140)}px`;
  const narrow = window.matchMedia("(max-width: 46rem)").matches;
  const chart = echarts.init(place, null, { renderer: "svg" });
  chart.setOption({
    animation: false,
    aria: { enabled: false },
    grid: { left: narrow ? 64 : 250, right: narrow ? 92 : 150, top: 8, bottom: 28 },
    tooltip: { trigger: "item", confine: true, formatter: (point) => data.bars[point.dataIndex].words },
    xAxis: { type: "value", min: 0, max: 100, axisLabel: { formatter: "{value} %", color: "#55606f" }, splitLine: { lineStyle: { color: "#edf0f2" } } },
    yAxis: {
      type: "category", inverse: true, data: data.bars.map((bar) => bar.clause), axisTick: { show: false }, axisLine: { show: false },
      axisLabel: {
        color: "#18222f", fontSize: 13, width: narrow ? 60 : 238, overflow: "truncate",
        formatter: (clause, index) => (narrow ? clause : `{c|${clause}}  ${data.bars[index].title}`),
        rich: { c: { fontWeight: 600, color: "#084a4f" } },
      },
    },
    series: [{
      type: "bar", barMaxWidth: 16, showBackground: true, backgroundStyle: { color: "#f0f3f4", borderRadius: 4 },
      data: data.bars.map((bar) => ({ value: bar.percent, itemStyle: { color: "#0b6e6e", borderRadius: 4 } })),
      label: { show: true, position: "right", color: "#18222f", fontSize: 12, formatter: (point) => data.bars[point.dataIndex].label },
    }],
  });
  chart.on("click", (point) => { window.location.href = data.bars[point.dataIndex].url; });
  window.addEventListener("resize", () => chart.resize());
});
