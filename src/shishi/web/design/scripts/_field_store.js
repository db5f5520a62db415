// What was captured and not sent yet, in IndexedDB, each thing written before anybody is told that it is kept.
// Contents are encrypted under a key that cannot be taken out of the browser (AES-GCM, not extractable).
const NAME = "shishi-field";
const STORES = { items: "uuid", photos: "id", bytes: undefined, keep: undefined };

const settled = (request) =>
  new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

function open() {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => {
    for (const [name, keyPath] of Object.entries(STORES)) request.result.createObjectStore(name, keyPath ? { keyPath } : {});
  };
  return settled(request);
}

let opened;
const base = () => (opened ??= open());

// One transaction; done when it is on disk.
async function within(mode, names, act) {
  const transaction = (await base()).transaction(names, mode, mode === "readwrite" ? { durability: "strict" } : {});
  const finished = new Promise((done, failed) => {
    transaction.oncomplete = done;
    transaction.onerror = transaction.onabort = () => failed(transaction.error);
  });
  const found = await act((name) => transaction.objectStore(name));
  await finished;
  return found;
}

let key;
async function keyOf() {
  if (key) return key;
  const held = await within("readonly", ["keep"], (store) => settled(store("keep").get("key")));
  if (held) return (key = held);
  const made = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  // Two pages opened at once must agree on one key.
  key = await within("readwrite", ["keep"], async (store) => {
    const before = await settled(store("keep").get("key"));
    if (!before) await settled(store("keep").put(made, "key"));
    return before ?? made;
  });
  return key;
}

async function seal(bytes) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, data: await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await keyOf(), bytes) };
}

const unseal = async ({ iv, data }) => crypto.subtle.decrypt({ name: "AES-GCM", iv }, await keyOf(), data);
const sealText = (value) => seal(new TextEncoder().encode(JSON.stringify(value)));
const unsealText = async (sealed) => JSON.parse(new TextDecoder().decode(await unseal(sealed)));

export const newId = () => crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))]
  .map((byte, at) => ((at === 6 ? (byte & 15) | 64 : at === 8 ? (byte & 63) | 128 : byte).toString(16).padStart(2, "0") + ([3, 5, 7, 9].includes(at) ? "-" : "")))
  .join("");

export async function digest(bytes) {
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...found].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// An item: { uuid, person, state: draft|queued|refused|sent, order, at, taken, reason } with its told content beside it.
export async function putItem(item, told) {
  const sealed = await sealText(told);
  await within("readwrite", ["items"], (store) => settled(store("items").put({ ...item, sealed })));
}

// Changes what is known of an item, not what it says; nothing if it is gone.
export function noteItem(uuid, changes) {
  return within("readwrite", ["items"], async (store) => {
    const held = await settled(store("items").get(uuid));
    if (held) await settled(store("items").put({ ...held, ...changes }));
  });
}

export async function items() {
  const found = await within("readonly", ["items"], (store) => settled(store("items").getAll()));
  return found.sort((one, other) => one.order - other.order);
}

export const toldOf = (item) => unsealText(item.sealed);

// A photo: { id, item, person, problem, order, sha256, sent, reason }; its bytes lie apart, so that a list costs nothing.
export async function putPhoto(photo, bytes, shown) {
  const sealed = await seal(bytes);
  const told = await sealText(shown);
  await within("readwrite", ["photos", "bytes"], async (store) => {
    await settled(store("bytes").put(sealed, photo.id));
    await settled(store("photos").put({ ...photo, told }));
  });
}

// Changes what is known of a photo; one that was sent gives its bytes back.
export function notePhoto(id, changes) {
  return within("readwrite", ["photos", "bytes"], async (store) => {
    const held = await settled(store("photos").get(id));
    if (!held) return;
    await settled(store("photos").put({ ...held, ...changes }));
    if (changes.sent) await settled(store("bytes").delete(id));
  });
}

export async function photosOf(item) {
  const found = await within("readonly", ["photos"], (store) => settled(store("photos").getAll()));
  return found.filter((photo) => photo.item === item).sort((one, other) => one.order - other.order);
}

export const bytesOf = async (photo) => unseal(await within("readonly", ["bytes"], (store) => settled(store("bytes").get(photo.id))));
export const shownOf = (photo) => unsealText(photo.told);

export function dropPhoto(id) {
  return within("readwrite", ["photos", "bytes"], async (store) => {
    await settled(store("bytes").delete(id));
    await settled(store("photos").delete(id));
  });
}

export async function dropItem(uuid) {
  const photos = await photosOf(uuid);
  await within("readwrite", ["items", "photos", "bytes"], async (store) => {
    for (const photo of photos) {
      await settled(store("bytes").delete(photo.id));
      await settled(store("photos").delete(photo.id));
    }
    await settled(store("items").delete(uuid));
  });
}

export async function keepStanding(standing) {
  const { csrf, ...rest } = standing;
  const sealed = await sealText(rest);
  await within("readwrite", ["keep"], (store) => settled(store("keep").put(sealed, "standing")));
}

// Tickets for photos, fetched while there is a network: { person, secret, visits: { uuid: [{ id, until }] } }.
export async function keepTickets(tickets) {
  const sealed = await sealText(tickets);
  await within("readwrite", ["keep"], (store) => settled(store("keep").put(sealed, "tickets")));
}

export async function heldTickets() {
  const sealed = await within("readonly", ["keep"], (store) => settled(store("keep").get("tickets")));
  return sealed ? unsealText(sealed) : null;
}

export async function ticketsInUse() {
  const found = await within("readonly", ["photos"], (store) => settled(store("photos").getAll()));
  return new Set(found.map((photo) => photo.ticket).filter(Boolean));
}

export async function heldStanding() {
  const sealed = await within("readonly", ["keep"], (store) => settled(store("keep").get("standing")));
  return sealed ? unsealText(sealed) : null;
}
