// The keyboard of the counter: a key presses the button that carries its letter, a digit ticks an item of the form.
// Nothing here is needed to work: each key has a visible twin.
"use strict";

(() => {
  const writing = (element) => element && /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) && !/^(checkbox|radio)$/.test(element.type);
  let pressed = false;

  document.addEventListener("keydown", (event) => {
    if (writing(event.target) || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const box = document.querySelector(`[data-digit="${CSS.escape(event.key)}"]`);
    if (box) {
      event.preventDefault();
      box.click();
      const first = box.checked && box.closest(".ask").querySelector(".ask-fields select, .ask-fields input, .ask-fields textarea");
      (first || box).focus();
      return;
    }
    const button = document.querySelector(`[data-press="${CSS.escape(event.key)}"]`);
    if (button && !pressed) { event.preventDefault(); button.click(); }
  });

  // In a field of an item, Escape gives the digits back.
  document.addEventListener("keydown", (event) => {
    const ask = event.key === "Escape" && event.target.closest && event.target.closest(".ask");
    if (ask) { event.preventDefault(); ask.querySelector("input").focus(); }
    // Ctrl+Enter saves from wherever the hand rests; in a field the page's own key does it.
    const form = document.querySelector(".request-form");
    if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.target.form) form.requestSubmit();
  });

  // One press, one form: the key in it makes a second one harmless, this spares the wait.
  document.addEventListener("submit", (event) => {
    if (pressed) event.preventDefault();
    pressed = true;
    setTimeout(() => { pressed = false; }, 3000);
  });
  window.addEventListener("pageshow", () => { pressed = false; });
})();
