// Sending what waits: in order, one thing after the other, by one page of the browser at a time. Whatever was not
// answered is sent again under the same identity, which the server takes once.
import { bytesOf, items, noteItem, notePhoto, photosOf, toldOf } from "./_field_store.js";

export class Stopped extends Error {
  constructor(why) {
    super(why);
    this.why = why;
  }
}

let token = "";
export const useToken = (csrf) => (token = csrf);

// Asks for the standing; throws Stopped("sign") when nobody is signed in, "network" when nothing answers.
export async function askStanding(address) {
  let answer;
  try {
    answer = await fetch(address, { headers: { Accept: "application/json" }, redirect: "manual", cache: "no-store" });
  } catch {
    throw new Stopped("waiting");
  }
  if (answer.type === "opaqueredirect" || answer.status === 401) throw new Stopped("sign");
  if (answer.status === 403) throw new Stopped("forbidden");
  if (!answer.ok) throw new Stopped("waiting");
  const standing = await answer.json().catch(() => null);
  if (!standing) throw new Stopped("waiting");
  useToken(standing.csrf);
  return standing;
}

export async function post(address, body, headers = {}) {
  let answer;
  let told;
  try {
    answer = await fetch(address, { method: "POST", body, redirect: "manual", headers: { ...headers, "X-CSRFToken": token, "HX-Request": "true" } });
    told = answer.type === "opaqueredirect" ? null : await answer.json().catch(() => null);
  } catch {
    throw new Stopped("waiting");
  }
  if (answer.type === "opaqueredirect" || answer.status === 401) throw new Stopped("sign");
  if (answer.ok && told?.status === "taken") return told;
  if (answer.status === 422 && told?.status === "refused") return told;
  if (answer.status === 413) return { status: "refused", message: String(answer.status) };
  if (answer.status === 403) throw new Stopped("forbidden");
  throw new Stopped(answer.status === 503 ? "later" : "waiting");
}

// A photo goes in pieces; what is there already is not sent again, whenever the line broke.
const PIECE = 256 * 1024;

async function sendPhoto(address, bytes) {
  let from = 0;
  for (;;) {
    const piece = bytes.slice(from, from + PIECE);
    const told = await post(`${address}?from=${from}&of=${bytes.byteLength}`, piece, { "Content-Type": "application/octet-stream" });
    if (told.status === "refused" || told.whole) return told;
    if (told.held <= from) throw new Stopped("waiting");
    from = told.held;
  }
}

async function sendItem(item, address, changed) {
  if (!item.taken) {
    const { draft, ...said } = await toldOf(item);
    const told = await post(address, JSON.stringify(said), { "Content-Type": "application/json" });
    if (told.status === "refused") {
      await noteItem(item.uuid, { state: "refused", reason: told.message });
      return changed();
    }
    await noteItem(item.uuid, { taken: true, visit: told.visit });
    await changed();
  }
  for (const photo of await photosOf(item.uuid)) {
    if (photo.sent || photo.reason) continue;
    const told = await sendPhoto(`${address}${photo.id}/`, await bytesOf(photo));
    if (told.status === "refused") await notePhoto(photo.id, { reason: told.message });
    else await notePhoto(photo.id, { sent: true });
    await changed();
  }
  const left = (await photosOf(item.uuid)).filter((photo) => photo.reason);
  if (left.length) await noteItem(item.uuid, { state: "refused", reason: left[0].reason });
  else await noteItem(item.uuid, { state: "sent", sent_at: Date.now() });
  await changed();
}

// Sends all that waits for this person; throws Stopped with the reason when it can't go on.
export function sendAll(person, address, changed) {
  return navigator.locks.request("shishi-field-send", { ifAvailable: true }, async (lock) => {
    if (!lock) return;
    for (const item of await items()) if (item.person === person && item.state === "queued") await sendItem(item, address, changed);
  });
}
