// Count the clocks of cases down while a page is open. The words and the server's time stand in #clock-words; each
// running clock names when it is due and from when that is soon. Without this script the page says how it stood when
// it was made.
"use strict";

(() => {
  let offset = null;

  // How far the clock of this desk is off: what is left is told by the server's time.
  function serverNow(words) {
    if (offset === null) offset = Date.parse(words.dataset.now) - Date.now();
    return Date.now() + offset;
  }

  const two = (number) => String(number).padStart(2, "0");

  function span(words, milliseconds) {
    const seconds = Math.floor(Math.abs(milliseconds) / 1000);
    const [d, h, m, s] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
    if (d) return words.dataset.days.replace("{d}", d).replace("{h}", h);
    if (h) return words.dataset.hours.replace("{h}", h).replace("{m}", two(m));
    if (m) return words.dataset.minutes.replace("{m}", m).replace("{s}", two(s));
    return words.dataset.seconds.replace("{s}", s);
  }

  function tick() {
    const words = document.getElementById("clock-words");
    if (!words || document.hidden) return;
    const now = serverNow(words);
    document.querySelectorAll("[data-clock]").forEach((clock) => {
      const left = Date.parse(clock.dataset.due) - now;
      const standing = left < 0 ? "overdue" : now >= Date.parse(clock.dataset.soon) ? "soon" : "on_time";
      if (!clock.classList.contains(standing)) {
        clock.classList.remove("on_time", "soon", "overdue");
        clock.classList.add(standing);
        const said = clock.querySelector("[data-standing]");
        if (said) said.textContent = words.dataset[standing];
      }
      const shown = clock.querySelector("[data-left]");
      if (shown) shown.textContent = words.dataset[left < 0 ? "over" : "left"].replace("{time}", span(words, left));
    });
  }

  tick();
  setInterval(tick, 1000);
  document.addEventListener("visibilitychange", tick);
  document.addEventListener("htmx:afterSwap", tick);
  // After an act the hand rests on what is told of it, done or refused.
  document.addEventListener("htmx:afterSettle", () => {
    const told = document.querySelector("#case [role=alert], #case > .good");
    if (told && !told.dataset.read) { told.dataset.read = "yes"; told.tabIndex = -1; told.focus(); }
  });

  // What a mark of the drawing says, for whoever comes by keyboard or finger: the title is seen by a mouse alone.
  function say(event) {
    const mark = event.target.closest && event.target.closest("[data-says]");
    const line = mark && mark.closest("[data-drawing]") && mark.closest("[data-drawing]").querySelector("[data-said]");
    if (line) line.textContent = mark.dataset.says;
  }
  for (const kind of ["focusin", "mouseover", "click"]) document.addEventListener(kind, say);
})();
