// Passkeys: a button with data-passkey asks the browser for one and sends the form that it belongs to.
// data-passkey="create" | "get"; data-options is the id of the options within the page, or data-ask the address that
// has them. What goes wrong is said in the element with data-passkey-says.

const say = (words) => {
  const place = document.querySelector("[data-passkey-says]");
  if (place) place.textContent = words;
};

async function optionsOf(button) {
  if (button.dataset.options) return JSON.parse(document.getElementById(button.dataset.options).textContent);
  const answer = await fetch(button.dataset.ask, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

function onlyHere(publicKey, wanted) {
  if (wanted === null) return publicKey;
  const selection = { ...publicKey.authenticatorSelection, residentKey: wanted ? "required" : "discouraged" };
  return { ...publicKey, authenticatorSelection: { ...selection, requireResidentKey: wanted, ...(wanted && { userVerification: "required" }) } };
}

async function ask(button) {
  const given = await optionsOf(button);
  if (button.dataset.passkey === "get") {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(given.request_options.publicKey);
    return navigator.credentials.get({ publicKey });
  }
  const box = button.form.querySelector("[name=passwordless]");
  const asked = onlyHere(given.creation_options.publicKey, box ? box.checked : null);
  return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(asked) });
}

const able = window.PublicKeyCredential?.parseRequestOptionsFromJSON && window.isSecureContext;
for (const button of document.querySelectorAll("button[data-passkey]")) {
  button.hidden = !able;
  if (!able) say(button.dataset.unable);
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    try {
      const credential = await ask(button);
      button.form.querySelector("[name=credential]").value = JSON.stringify(credential.toJSON());
      button.form.submit();
    } catch {
      say(button.dataset.failed);
    }
  });
}
