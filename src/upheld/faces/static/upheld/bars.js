// Draw stacked horizontal bars, and a mark on each where one is given. The numbers come from the page (json_script); a
// table on the page says the same.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  if (typeof echarts === "undefined") return;
  const tones = { kept: "#2f8f6b", broken: "#c0392b", late: "#d9902f", open: "#b9c6c8", accent: "#0b6e6e", own: "#1b3a6b", pale: "#8fb8b5" };
  document.querySelectorAll("[data-bars]").forEach((place) => {
    const source = document.getElementById(place.dataset.bars);
    if (!source) return;
    const data = JSON.parse(source.textContent);
    const narrow = window.matchMedia("(max-width: 46rem)").matches;
    const tall = data.series.length > 1;
    place.style.height = `${Math.max(data.labels.length * 34 + (tall ? 78 : 46), 130)}px`;
    const chart = echarts.init(place, null, { renderer: "svg" });
    const unit = data.unit || "";
    chart.setOption({
      animation: false,
      aria: { enabled: false },
      legend: tall ? { top: 0, left: "center", textStyle: { color: "#18222f" } } : undefined,
      grid: { left: narrow ? 96 : 200, right: narrow ? 40 : 70, top: tall ? 36 : 8, bottom: 28 },
      tooltip: { trigger: "axis", axisPointer: { type: "shadow" }, confine: true, valueFormatter: (value) => (value === null ? "–" : `${value}${unit}`) },
      xAxis: { type: "value", min: 0, max: data.max || null, minInterval: unit ? 0 : 1, axisLabel: { color: "#55606f", hideOverlap: true, formatter: `{value}${unit}` }, splitLine: { lineStyle: { color: "#edf0f2" } } },
      yAxis: { type: "category", inverse: true, data: data.labels, axisTick: { show: false }, axisLine: { show: false }, axisLabel: { color: "#18222f", fontSize: 13, width: narrow ? 90 : 190, overflow: "truncate" } },
      series: data.series.map((part, index) => ({
        type: "bar", stack: data.beside ? undefined : "one", name: part.name, barMaxWidth: 18,
        data: part.data.map((value, place_) => ({ value, itemStyle: { color: tones[(part.tones && part.tones[place_]) || part.tone] } })),
        itemStyle: { color: tones[part.tone] },
        markLine: index === 0 && data.mark ? { symbol: "none", silent: true, data: [{ xAxis: data.mark }], lineStyle: { color: "#18222f", type: "dashed", width: 1.5 }, label: { formatter: `${data.mark}${unit}`, color: "#18222f" } } : undefined,
      })),
    });
    window.addEventListener("resize", () => chart.resize());
  });
});
