// Number keys choose what came of a talk. Nothing here is needed: each choice is a radio button on the page.
"use strict";

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches && event.target.matches("input:not([type=radio]):not([type=checkbox]), textarea, select")) return;
  if (!/^[1-9]$/.test(event.key)) return;
  const number = Number(event.key);
  for (const set of document.querySelectorAll("fieldset[data-keys]")) {
    const first = Number(set.dataset.keys);
    const radios = set.querySelectorAll("input[type=radio]");
    const radio = radios[number - first];
    if (number >= first && radio) {
      event.preventDefault();
      radio.checked = true;
      radio.focus();
    }
  }
});
