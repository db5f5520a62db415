// Cards of a board: moved with the mouse or by their select; a move is an edit of one field.
import { send } from "./_edits.js";

async function move(board, card, value) {
  const edit = { entry: card.dataset.entry, sequence: Number(card.dataset.sequence), cells: { [board.dataset.field]: value } };
  const told = await send(board.dataset.edit, [edit]);
  const lane = [...board.querySelectorAll(".lane")].find((one) => one.dataset.value === value);
  if (told.status === "written" && lane) {
    const before = card.closest(".lane");
    lane.querySelector("ul").prepend(card);
    for (const [section, by] of [[before, -1], [lane, 1]]) {
      const count = section.querySelector("h2 .count");
      count.textContent = String(Number(count.textContent) + by);
    }
    for (const row of told.rows) card.dataset.sequence = row.sequence;
  }
  const select = card.querySelector("[data-move]");
  if (select) select.value = card.closest(".lane").dataset.value;
  (select ?? card).focus();
}

export function board(element) {
  if (!element.dataset.edit) return;
  let held = null;
  element.addEventListener("change", (event) => {
    if (event.target.matches("[data-move]")) move(element, event.target.closest(".card"), event.target.value);
  });
  element.addEventListener("dragstart", (event) => {
    held = event.target.closest(".card");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", held.dataset.entry);
  });
  element.addEventListener("dragover", (event) => {
    const lane = event.target.closest(".lane");
    if (held && lane) event.preventDefault();
    for (const one of element.querySelectorAll(".lane")) one.classList.toggle("over", one === lane);
  });
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    const lane = event.target.closest(".lane");
    for (const one of element.querySelectorAll(".lane")) one.classList.remove("over");
    if (held && lane && lane !== held.closest(".lane")) move(element, held, lane.dataset.value);
    held = null;
  });
}
