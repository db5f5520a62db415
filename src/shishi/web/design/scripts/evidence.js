// Sends evidence file by file with a bar, and takes a photo in the right order: ticket, place, picture, hash, file.
// Without this script the form sends all files at once.
const form = document.querySelector("[data-evidence]");

const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

const post = (address, fields, onProgress) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/json");
    request.responseType = "json";
    if (onProgress) request.upload.addEventListener("progress", onProgress);
    request.addEventListener("load", () => resolve(request.response ?? { refused: [String(request.status)] }));
    request.addEventListener("error", () => reject(new Error("offline")));
    request.send(fields);
  });

const fieldsOf = (more) => {
  const told = new FormData();
  for (const name of ["csrfmiddlewaretoken", "group", "side", "caption"]) {
    told.append(name, form.elements[name]?.value ?? "");
  }
  for (const [name, value] of Object.entries(more)) told.append(name, value);
  return told;
};

const place = () =>
  new Promise((resolve) => {
    if (!navigator.geolocation) return resolve({});
    const told = ({ coords }) =>
      resolve({ longitude: coords.longitude.toFixed(6), latitude: coords.latitude.toFixed(6), accuracy: Math.ceil(coords.accuracy) });
    return navigator.geolocation.getCurrentPosition(told, () => resolve({}), { enableHighAccuracy: true, timeout: 15000, maximumAge: 0 });
  });

const show = (text, share) => {
  const box = form.querySelector(".upload-progress");
  box.hidden = false;
  box.querySelector("[role=status]").textContent = text;
  if (share !== undefined) box.querySelector("progress").value = share;
};

const send = async (files, more = {}) => {
  const refused = [];
  const words = form.dataset;
  for (const [at, file] of files.entries()) {
    const text = words.sending.replace("{n}", at + 1).replace("{all}", files.length);
    show(text, (at / files.length) * 100);
    const told = fieldsOf(more);
    told.append("evidence", file, file.name);
    const answer = await post(location.href, told, (event) => {
      if (event.lengthComputable) show(text, ((at + event.loaded / event.total) / files.length) * 100);
    });
    refused.push(...(answer.refused ?? []));
  }
  if (refused.length) return show(words.failed + refused.join("；"), 100);
  show(words.done, 100);
  return location.reload();
};

const safely = (act) => async (event) => {
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  try {
    await act(event);
  } catch {
    show(form.dataset.offline);
  }
  button.disabled = false;
};

if (form) {
  const chosen = form.elements.evidence;
  form.addEventListener("submit", (event) => {
    if (!chosen.files.length) return;
    event.preventDefault();
    safely(() => send([...chosen.files]))(event);
  });
  const shutter = form.querySelector("#shoot");
  if (shutter && window.isSecureContext && crypto.subtle) {
    form.querySelector(".shoot").hidden = false;
    let ticket;
    shutter.addEventListener("click", () => {
      ticket = post(form.dataset.ticket, fieldsOf({}));
    });
    shutter.addEventListener(
      "change",
      safely(async () => {
        const [photo] = shutter.files;
        if (!photo) return;
        show(form.dataset.placing, 0);
        const [given, where, bytes] = await Promise.all([ticket, place(), photo.arrayBuffer()]);
        if (!given.ticket) return show(form.dataset.failed + (given.refused ?? []).join("；"));
        const claim = { ...where, taken_at: new Date(photo.lastModified).toISOString() };
        const sha256 = hex(await crypto.subtle.digest("SHA-256", bytes));
        const spot = form.dataset.capture.replace("00000000-0000-0000-0000-000000000000", given.ticket);
        const told = await post(spot, fieldsOf({ ...claim, sha256 }));
        if (told.refused) return show(form.dataset.failed + told.refused.join("；"));
        await send([photo], { ticket: given.ticket });
      }),
    );
  }
}
