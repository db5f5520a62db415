// The grid of a ledger's rows: cells are walked by keys, edited in place, copied and pasted as blocks. Everything is
// asked of and decided by the server; without this script the page is a table with a form above it.
import { board } from "./_board.js";
import { say, send } from "./_edits.js";

const grid = document.getElementById("grid");
const words = document.getElementById("edit-words")?.dataset ?? {};
const columns = new Map(
  JSON.parse(document.getElementById("grid-columns")?.textContent ?? "[]").map((column) => [column.name, column]),
);
const MOVES = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

let cells = [];
let here = [0, 0];
let anchor = [0, 0];
let editor = null;

const cellAt = ([row, column]) => cells[row]?.[column];
const placeOf = (cell) => {
  const row = cells.findIndex((some) => some.includes(cell));
  return row < 0 ? null : [row, cells[row].indexOf(cell)];
};
const rawOf = (cell) => cell.dataset.raw ?? cell.textContent.trim();
const isOpen = (cell) => cell.closest("tr").hasAttribute("data-editable") && columns.get(cell.dataset.f) && !columns.get(cell.dataset.f).locked;
const span = () => [0, 1].map((side) => [Math.min(here[side], anchor[side]), Math.max(here[side], anchor[side])]);

function go(place, { extend = false, focus = true } = {}) {
  const row = Math.max(0, Math.min(place[0], cells.length - 1));
  const column = Math.max(0, Math.min(place[1], cells[0].length - 1));
  cellAt(here)?.setAttribute("tabindex", "-1");
  here = [row, column];
  if (!extend) anchor = here;
  const cell = cellAt(here);
  cell.setAttribute("tabindex", "0");
  if (focus) {
    cell.focus({ preventScroll: true });
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  const [rows, across] = span();
  cells.forEach((some, at) =>
    some.forEach((one, beside) => {
      const inside = at >= rows[0] && at <= rows[1] && beside >= across[0] && beside <= across[1];
      one.setAttribute("aria-selected", String(inside && (rows[0] !== rows[1] || across[0] !== across[1])));
    }),
  );
}

// Whole seconds that somebody was at a control, for the burden check; of a longer pause only half a minute counts.
const PAUSE = 30_000;
function stopwatch(control) {
  let spent = 0;
  let last = performance.now();
  const tick = () => {
    const now = performance.now();
    spent += Math.min(now - last, PAUSE);
    last = now;
  };
  for (const kind of ["keydown", "input", "pointerdown"]) control.addEventListener(kind, tick);
  return () => (tick(), Math.round(spent / 1000));
}

function edit(cell, typed) {
  if (!isOpen(cell)) return say(words.locked);
  const column = columns.get(cell.dataset.f);
  const choices = column.type === "yes_no" ? [["是", "是"], ["否", "否"]] : column.type === "enumeration" ? column.values : null;
  const control = document.createElement(choices ? "select" : "input");
  if (choices) for (const [value, title] of [["", "（空）"], ...choices]) control.add(new Option(title, value));
  else if (column.type === "date") control.type = "date";
  control.value = typed ?? (column.sensitive ? "" : rawOf(cell));
  if (typed !== undefined && control.value === "" && !choices) control.type = "text", (control.value = typed);
  control.setAttribute("aria-label", column.title);
  control.className = "cell-editor";
  const took = stopwatch(control);
  editor = { cell, control, took, before: [...cell.childNodes], raw: rawOf(cell), sensitive: column.sensitive };
  cell.replaceChildren(control);
  cell.removeAttribute("aria-invalid");
  control.focus();
  if (typed === undefined) control.select?.();
}

function cancel() {
  if (!editor) return;
  const { cell, before } = editor;
  editor = null;
  cell.replaceChildren(...before);
  cell.focus();
}

// Saves the open cell; gives whether all is well, so that the next key may move on.
async function save() {
  if (!editor) return true;
  const { cell, control, before, raw, sensitive } = editor;
  const text = control.value;
  const took = editor.took();
  editor = null;
  cell.replaceChildren(...before);
  if (text === raw || (sensitive && text === "")) return true;
  cell.setAttribute("aria-busy", "true");
  const row = cell.closest("tr");
  const told = await send(grid.dataset.edit, [
    { entry: row.dataset.entry, sequence: Number(row.dataset.sequence), cells: { [cell.dataset.f]: text } },
  ], { took });
  cell.removeAttribute("aria-busy");
  told.rows.forEach(redraw);
  if (told.status === "back" || told.status === "failed") {
    cell.setAttribute("aria-invalid", "true");
    edit(cell, text);
    return false;
  }
  return true;
}

function redraw(row) {
  const line = grid.querySelector(`tr[data-entry="${row.entry}"]`);
  if (!line) return;
  line.dataset.sequence = row.sequence;
  for (const cell of line.querySelectorAll("[data-f]")) {
    const told = row.cells[cell.dataset.f];
    if (!told) continue;
    if (cell.textContent !== told.text) cell.classList.add("fresh");
    cell.textContent = told.text;
    if (told.raw === told.text) delete cell.dataset.raw;
    else cell.dataset.raw = told.raw;
  }
}

async function onKey(event) {
  const cell = event.target.closest("[data-f]");
  if (!cell || !cells.length) return;
  if (editor) {
    if (event.key === "Escape") event.preventDefault(), cancel();
    else if (event.key === "Enter" || event.key === "Tab") {
      event.preventDefault();
      const [row, column] = here;
      const next = event.key === "Tab" ? [row, column + (event.shiftKey ? -1 : 1)] : [row + (event.shiftKey ? -1 : 1), column];
      if (await save()) go(next);
    }
    return;
  }
  const move = MOVES[event.key];
  if (move) {
    event.preventDefault();
    const far = event.ctrlKey || event.metaKey ? 10_000 : 1;
    go([here[0] + move[0] * far, here[1] + move[1] * far], { extend: event.shiftKey });
  } else if (event.key === "Home" || event.key === "End") {
    event.preventDefault();
    const end = event.key === "End";
    go([event.ctrlKey ? (end ? cells.length - 1 : 0) : here[0], end ? cells[0].length - 1 : 0], { extend: event.shiftKey });
  } else if (event.key === "Enter" || event.key === "F2") event.preventDefault(), edit(cell);
  else if (event.key === "Delete" && isOpen(cell)) event.preventDefault(), edit(cell, "");
  else if (event.key.length === 1 && !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== " ")
    event.preventDefault(), edit(cell, event.key);
}

function onCopy(event) {
  if (editor || !grid.contains(document.activeElement)) return;
  const [rows, across] = span();
  const text = cells
    .slice(rows[0], rows[1] + 1)
    .map((some) => some.slice(across[0], across[1] + 1).map((cell) => cell.textContent.trim()).join("\t"))
    .join("\n");
  event.clipboardData.setData("text/plain", text);
  event.preventDefault();
}

// A block as a spreadsheet copies it: tabs between cells, quotes around cells with line breaks.
function blockOf(text) {
  const rows = [[""]];
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    const row = rows.at(-1);
    if (quoted) {
      if (character === '"' && text[at + 1] === '"') (row[row.length - 1] += '"'), (at += 1);
      else if (character === '"') quoted = false;
      else row[row.length - 1] += character;
    } else if (character === '"' && row.at(-1) === "") quoted = true;
    else if (character === "\t") row.push("");
    else if (character === "\n") rows.push([""]);
    else if (character !== "\r") row[row.length - 1] += character;
  }
  if (rows.at(-1).length === 1 && rows.at(-1)[0] === "") rows.pop();
  return rows;
}

async function onPaste(event) {
  if (editor || !grid.contains(document.activeElement) || !grid.dataset.edit) return;
  event.preventDefault();
  const [rows, across] = span();
  const edits = [];
  blockOf(event.clipboardData.getData("text/plain")).forEach((texts, down) => {
    const some = cells[rows[0] + down];
    if (!some) return;
    const line = some[0].closest("tr");
    const typed = {};
    texts.forEach((text, right) => {
      const cell = some[across[0] + right];
      if (cell && isOpen(cell) && !/[*＊]/.test(text)) typed[cell.dataset.f] = text.trim();
    });
    if (Object.keys(typed).length)
      edits.push({ entry: line.dataset.entry, sequence: Number(line.dataset.sequence), cells: typed });
  });
  if (!edits.length) return say(words.locked);
  const told = await send(grid.dataset.edit, edits, { preview: true });
  told.rows.forEach(redraw);
  go(here);
}

// Columns at the left stay while the rest moves: their places are measured, so no style is written into the page.
function freeze() {
  const many = Number(grid.dataset.freeze) + 1;
  for (const row of grid.rows) {
    let left = 0;
    if (row.classList.contains("group-head")) continue;
    for (const cell of [...row.cells].slice(0, many)) {
      cell.classList.add("frozen");
      cell.style.left = `${left}px`;
      left += cell.offsetWidth;
    }
  }
}

function begin() {
  grid.setAttribute("role", "grid");
  cells = [...grid.tBodies[0].rows].filter((row) => row.dataset.entry).map((row) => [...row.querySelectorAll("[data-f]")]);
  if (!cells.length) return;
  cells.flat().forEach((cell) => {
    cell.setAttribute("tabindex", "-1");
    if (!isOpen(cell)) cell.setAttribute("aria-readonly", "true");
  });
  go([0, 0], { focus: false });
  grid.tBodies[0].addEventListener("keydown", onKey);
  grid.tBodies[0].addEventListener("mousedown", (event) => {
    const place = placeOf(event.target.closest("[data-f]"));
    if (place && !editor) go(place, { extend: event.shiftKey, focus: false });
  });
  grid.tBodies[0].addEventListener("dblclick", (event) => {
    const cell = event.target.closest("[data-f]");
    if (cell && !editor) edit(cell);
  });
  grid.tBodies[0].addEventListener("focusout", (event) => {
    if (editor && event.target === editor.control && document.hasFocus() && !document.querySelector("dialog[open]")) save();
  });
  document.addEventListener("copy", onCopy);
  document.addEventListener("paste", onPaste);
}

if (grid) {
  if (grid.dataset.edit) begin();
  freeze();
  document.fonts?.ready.then(freeze);
  // What is chosen above a column asks at once; what is typed asks with Enter.
  document.querySelector("[data-grid-form]")?.addEventListener("change", (event) => {
    if (event.target.matches(".asking select")) event.target.form.requestSubmit();
  });
  // What is empty is not asked for.
  document.querySelector("[data-grid-form]")?.addEventListener("submit", (event) => {
    for (const control of event.target.elements) if (control.name && control.value === "") control.disabled = true;
  });
}
const lanes = document.getElementById("board");
if (lanes) board(lanes);
