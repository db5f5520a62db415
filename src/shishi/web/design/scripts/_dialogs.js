// <button data-open="id"> opens <dialog id>; [data-close] closes it; a form with data-confirm asks before it is sent.
document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const opener = target?.closest("[data-open]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.open);
    if (dialog instanceof HTMLDialogElement) {
      event.preventDefault();
      dialog.showModal();
    }
  }
  if (target?.closest("[data-close]")) target.closest("dialog")?.close();
  // A small menu closes when somebody turns to something else.
  for (const open of document.querySelectorAll("details.drop[open], .top details[open]"))
    if (!open.contains(target)) open.removeAttribute("open");
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const open = document.activeElement?.closest("details.drop[open], .top details[open]");
  if (open) {
    open.removeAttribute("open");
    open.querySelector("summary")?.focus();
  }
});

document.addEventListener("submit", (event) => {
  const question = (event.submitter ?? event.target).dataset.confirm ?? event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});

// After a refused form the summary of faults is read first.
document.querySelector(".summary[tabindex]")?.focus();
