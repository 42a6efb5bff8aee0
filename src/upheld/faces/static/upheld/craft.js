// The board of sales: drag a card into another chapter, or move it by , and . - the choice in the card does the same.
"use strict";

function moveTo(card, chapter) {
  const choice = card.querySelector("select[name=chapter]");
  if (!choice || choice.value === chapter) return;
  choice.value = chapter;
  choice.form.requestSubmit();
}

let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest && event.target.closest("[data-sale]");
  if (dragged) event.dataTransfer.setData("text/plain", dragged.id);
});
document.addEventListener("dragover", (event) => {
  const column = event.target.closest && event.target.closest("[data-chapter]");
  if (!dragged || !column) return;
  event.preventDefault();
  document.querySelectorAll("[data-chapter]").forEach((one) => one.classList.toggle("over", one === column));
});
document.addEventListener("dragend", () => {
  dragged = null;
  document.querySelectorAll("[data-chapter]").forEach((one) => one.classList.remove("over"));
});
document.addEventListener("drop", (event) => {
  const column = event.target.closest && event.target.closest("[data-chapter]");
  if (!dragged || !column) return;
  event.preventDefault();
  moveTo(dragged, column.dataset.chapter);
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "," && event.key !== ".") return;
  if (event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
  const card = event.target.closest && event.target.closest("[data-sale]");
  if (!card) return;
  const columns = [...document.querySelectorAll("[data-chapter]")];
  const here = columns.indexOf(card.closest("[data-chapter]"));
  const next = columns[here + (event.key === "." ? 1 : -1)];
  if (next) { event.preventDefault(); moveTo(card, next.dataset.chapter); }
});
// After a move the hand rests on the same card.
if (location.hash.startsWith("#s-")) {
  const card = document.getElementById(location.hash.slice(1));
  if (card) card.focus({ preventScroll: false });
}
