// Sending typed cells to the ledger, and the dialog that shows what comes back: a preview, faults, or what somebody else
// changed meanwhile. The page itself stays a plain table without this.
const words = document.getElementById("edit-words")?.dataset ?? {};
const dialog = document.getElementById("edit-dialog");
const body = document.getElementById("edit-body");
const title = document.getElementById("edit-title");

export const say = (text) => {
  const told = document.getElementById("told");
  if (told && text) told.textContent = text;
};

const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

// Whoever signs in anew in another tab gets new tokens: this page asks for its own again, and the next try is taken.
async function renewed() {
  const answer = await fetch(window.location.href);
  if (answer.redirected) return false;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.querySelector("[name=csrfmiddlewaretoken]")?.value;
  if (fresh) for (const held of document.querySelectorAll("[name=csrfmiddlewaretoken]")) held.value = fresh;
  return Boolean(fresh);
}

async function post(address, asked, again = true) {
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": token() },
    body: JSON.stringify(asked),
  });
  if (answer.headers.get("Content-Type")?.includes("json")) return answer.json();
  if (!answer.redirected && answer.status !== 403) throw new Error("failed");
  // The session has ended: what was typed stays in its cell until somebody has signed in again.
  if (!(await renewed())) throw new Error("signed out");
  if (again) return post(address, asked, false);
  throw new Error("failed");
}

// Shows a dialog and waits for what is chosen in it; closing it any other way keeps things as they are.
function choose(heading, html) {
  title.textContent = heading;
  body.innerHTML = html;
  dialog.showModal();
  title.focus();
  return new Promise((settle) => {
    const finish = (choice) => {
      body.removeEventListener("click", onClick);
      dialog.removeEventListener("close", onClose);
      const explanation = body.querySelector("[data-edit-explanation]")?.value ?? "";
      if (dialog.open) dialog.close();
      settle({ choice, explanation });
    };
    const onClick = (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      for (const choice of ["write", "overwrite", "explain", "back", "keep"])
        if (button?.hasAttribute(`data-edit-${choice}`)) finish(choice);
    };
    const onClose = () => finish("keep");
    body.addEventListener("click", onClick);
    dialog.addEventListener("close", onClose);
  });
}

// Sends edits until they are written or given up. Gives {status, rows, faults}; status "kept": nothing was written.
export async function send(address, edits, { preview = false, took } = {}) {
  let asked = { edits, preview, took };
  for (;;) {
    say(words.saving);
    let told;
    try {
      told = await post(address, asked);
    } catch (fault) {
      say(fault.message === "signed out" ? words.signedOut : words.failed);
      return { status: "failed", rows: [], faults: [] };
    }
    if (told.status === "written" || told.status === "unchanged") {
      say(words.saved);
      return told;
    }
    const heading = { preview: words.paste, conflict: words.conflict }[told.status] ?? words.refused;
    const { choice, explanation } = await choose(heading, told.html);
    say(" ");
    if (choice === "write") asked = { ...asked, preview: false };
    else if (choice === "overwrite") asked = { ...asked, preview: false, overwrite: true };
    else if (choice === "explain") asked = { ...asked, edits: asked.edits.map((edit) => ({ ...edit, explanation })) };
    else return { ...told, status: choice === "back" ? "back" : "kept" };
  }
}
