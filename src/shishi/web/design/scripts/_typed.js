// Words that were typed before the session ended, put back where they were typed. Without this they stand in a list.
const box = document.querySelector("[data-typed]");
const PASSING = new Set(["csrfmiddlewaretoken", "once", "seen", "sequence"]);

// Of several forms with one address (the pieces of a brief) the one whose hidden fields say the same.
function formOf(address, words) {
  const same = (control) => control.type !== "hidden" || PASSING.has(control.name) || !words.has(control.name) || control.value === words.get(control.name);
  return [...document.forms].find((form) => new URL(form.getAttribute("action") ?? "", location.href).pathname === address && [...form.elements].every(same));
}

function putBack(form, words) {
  const filled = [];
  for (const control of form.elements) {
    if (!words.has(control.name) || ["hidden", "submit", "button", "file"].includes(control.type)) continue;
    if (control.type === "radio" || control.type === "checkbox") control.checked = control.value === words.get(control.name);
    else control.value = words.get(control.name);
    filled.push(control);
  }
  return filled[0];
}

if (box) {
  const said = [...box.querySelectorAll("[data-name]")];
  const words = new Map(said.map((item) => [item.dataset.name, item.querySelector(".words").textContent]));
  const form = formOf(box.dataset.typed, words);
  const first = form && putBack(form, words);
  if (first) {
    box.querySelector("ul").hidden = true;
    for (let part = form.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
    form.closest("dialog")?.showModal();
    first.focus();
  }
}
