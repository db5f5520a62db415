// A file that is too large is refused before it is sent: the server would say the same, minutes later.
function tell(input, fault) {
  const field = input.closest(".field");
  const id = `${input.id}_error`;
  let place = document.getElementById(id);
  if (!place && fault) {
    place = document.createElement("div");
    place.id = id;
    input.before(place);
  }
  if (!place) return;
  const said = document.createElement("p");
  said.className = "fault";
  said.setAttribute("role", "alert");
  said.textContent = fault;
  place.replaceChildren(...(fault ? [said] : []));
  field?.classList.toggle("faulty", Boolean(fault));
  input.toggleAttribute("data-refused", Boolean(fault));
  if (fault) input.setAttribute("aria-invalid", "true"), input.setAttribute("aria-describedby", id);
  else input.removeAttribute("aria-invalid");
}

document.addEventListener("change", (event) => {
  const input = event.target;
  if (!(input instanceof HTMLInputElement) || !input.dataset.mostBytes) return;
  const large = [...input.files].some((file) => file.size > Number(input.dataset.mostBytes));
  tell(input, large ? input.dataset.tooLarge : "");
});

document.addEventListener("submit", (event) => {
  const refused = event.target.querySelector("[data-refused]");
  if (!refused) return;
  event.preventDefault();
  refused.focus();
});
