// The pages of events: tick all who are owed one, find a guest at the door, print. Nothing here is needed to work.
"use strict";

function countGuests() {
  const boxes = [...document.querySelectorAll("input[name=guest]")];
  const number = boxes.filter((box) => box.checked).length;
  const shown = document.querySelector("[data-guests-picked]");
  const whole = document.querySelector("[data-pick-guests]");
  if (shown) shown.textContent = String(number);
  if (whole) {
    whole.checked = number > 0 && number === boxes.length;
    whole.indeterminate = number > 0 && number < boxes.length;
  }
}

function filterDoor() {
  const field = document.querySelector("[data-door-filter]");
  const wanted = field ? field.value.trim().toLowerCase() : "";
  document.querySelectorAll("[data-guest]").forEach((row) => { row.hidden = !row.dataset.guest.toLowerCase().includes(wanted); });
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-pick-guests]")) {
    document.querySelectorAll("input[name=guest]").forEach((box) => { box.checked = event.target.checked; });
  }
  if (event.target.matches("[data-pick-guests], input[name=guest]")) countGuests();
});

document.addEventListener("input", (event) => { if (event.target.matches("[data-door-filter]")) filterDoor(); });
document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) window.print(); });

// After a tick the list is new: what was typed to find a guest still holds, and the next number may be scanned.
document.addEventListener("htmx:afterSwap", (event) => {
  if (!event.detail.target || event.detail.target.id !== "door-list") return;
  filterDoor();
  const scanned = document.getElementById("scanned");
  if (scanned && scanned.value) { scanned.value = ""; scanned.focus(); return; }
  const just = document.querySelector(".door .just button");
  if (just) just.focus({ preventScroll: true });
});
window.addEventListener("pageshow", countGuests);
