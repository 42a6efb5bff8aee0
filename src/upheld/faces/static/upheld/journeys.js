// The keyboard of a journey's page: a digit marks a step as done, g prints the guide. On other pages the digits belong to
// the page, so the keys work here alone. Nothing here is needed to work: each key has a visible twin.
"use strict";

(() => {
  const writing = (element) => element && /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) && element.type !== "checkbox";
  const alone = /^\/journeys\/\d+\/$/.test(window.location.pathname);
  let handedOut = false;

  document.addEventListener("keydown", (event) => {
    if (!alone || writing(event.target) || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const button = document.querySelector(`[data-journey-key="${CSS.escape(event.key)}"]`);
    if (button) { event.preventDefault(); button.click(); }
  });

  // The guide opens in a window of its own and ticks what it tells; coming back, the section says so.
  document.addEventListener("submit", (event) => {
    if (event.target.matches("[data-guide]")) handedOut = true;
  });
  window.addEventListener("focus", () => {
    const section = document.querySelector("#journey[data-refresh]");
    if (!handedOut || !section || !window.htmx) return;
    handedOut = false;
    window.htmx.ajax("GET", section.dataset.refresh, { target: "#journey", swap: "outerHTML" });
  });

  // After a tick the section says what was done, and is read out.
  document.addEventListener("htmx:afterSwap", (event) => {
    const section = document.querySelector("#journey:has([role=status], [role=alert])");
    if (section && event.detail.target && event.detail.target.id === "journey") section.focus({ preventScroll: true });
  });
})();
