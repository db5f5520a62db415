// A piece of a brief says where its cursor stands, so that what is picked for it goes there.
for (const field of document.querySelectorAll("[data-offset]")) {
  const text = field.form.elements.text;
  // Characters, as the server counts them, not the units in which browsers do.
  const note = () => (field.value = String([...text.value.slice(0, text.selectionEnd)].length));
  for (const event of ["select", "keyup", "pointerup", "input", "blur"]) text.addEventListener(event, note);
}
