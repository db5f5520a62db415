// The capture page: a form whose every word and photo is kept on the device as it comes, a queue of what is not sent
// yet with the reason, and sending whenever there is a network. Nothing here decides anything: the server does.
import { askStanding, sendAll } from "./_field_sending.js";
import {
  digest,
  dropItem,
  dropPhoto,
  heldStanding,
  items,
  keepStanding,
  newId,
  noteItem,
  photosOf,
  putItem,
  putPhoto,
  shownOf,
  toldOf,
} from "./_field_store.js";

import { fetchTickets, nextTicket, secretOf } from "./_field_tickets.js";

const root = document.getElementById("field");
const words = root.dataset;
const by = (id) => document.getElementById(id);
const form = by("field-form");
const FIELDS = ["plan", "title", "programme", "kind", "place_division", "held_on", "place", "text", "people"];
const NEEDED = ["held_on", "place", "text"];
const THREE_DAYS = 3 * 24 * 3600 * 1000;
const STEPS = [2, 4, 8, 15, 30, 60];

let standing = null;
let draft = null;
let point = null;
let attempt = 0;
let timer = null;
let why = "";
let kept = "";
let reached = true;

const copy = (id) => by(id).content.firstElementChild.cloneNode(true);
const today = () => new Date(Date.now() - new Date().getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
const labelOf = (control) => control.closest(".field")?.querySelector("label")?.firstChild.textContent.trim() ?? "";

function say() {
  by("field-state").textContent = [navigator.onLine && reached ? words.online : words.offline, kept].filter(Boolean).join("　");
}

// -- the form and its draft ------------------------------------------------------------------------------------------

function fill(select, choices, value) {
  select.replaceChildren(...choices.map(([code, title]) => new Option(title, code)));
  if (choices.some(([code]) => code === value)) select.value = value;
}

const programmeOf = () => {
  const plan = standing.plans.find((item) => item.uuid === form.elements.plan.value);
  const name = plan ? plan.programme : form.elements.programme.value;
  return standing.programmes.find((item) => item.name === name);
};

function offer() {
  const plans = standing.plans.map((item) => [item.uuid, `${item.planned_on}　${item.title}`]);
  fill(form.elements.plan, [...plans, ["", words.unplanned]], form.elements.plan.value);
  fill(form.elements.programme, standing.programmes.map((item) => [item.name, item.title]), form.elements.programme.value);
  choosePlan();
}

function choosePlan() {
  const plan = standing.plans.find((item) => item.uuid === form.elements.plan.value);
  by("field-new").hidden = Boolean(plan);
  by("field-purpose").hidden = !plan?.purpose;
  by("field-purpose").textContent = plan?.purpose ?? "";
  for (const select of form.querySelectorAll("[name=problem_body]"))
    fill(select, [["", words.choose], ...(programmeOf()?.rectifying ?? [])], select.value);
}

function showPoint() {
  by("field-point").textContent = point ? `${point.longitude.toFixed(5)}, ${point.latitude.toFixed(5)}（${Math.round(point.accuracy)} ${words.metres}）` : "";
}

function addProblem(told = { uuid: newId(), text: "", body: "", within: 5 }) {
  const block = copy("problem-template");
  block.dataset.uuid = told.uuid;
  block.querySelector("[name=problem_text]").value = told.text;
  block.querySelector("[name=problem_within]").value = told.within;
  block.querySelector("[type=file]").dataset.problem = told.uuid;
  block.querySelector(".photos").dataset.shots = told.uuid;
  by("field-problems").append(block);
  fill(block.querySelector("[name=problem_body]"), [["", words.choose], ...(programmeOf()?.rectifying ?? [])], told.body);
  return block;
}

const problems = () =>
  [...form.querySelectorAll(".problem")].map((block) => ({
    uuid: block.dataset.uuid,
    text: block.querySelector("[name=problem_text]").value.trim(),
    body: block.querySelector("[name=problem_body]").value,
    within: Number(block.querySelector("[name=problem_within]").value) || 0,
  }));

const typed = () => ({
  ...Object.fromEntries(FIELDS.map((name) => [name, form.elements[name].value])),
  publish: form.elements.publish.checked,
  point,
  problems: problems(),
});

// Writes run one after the other, so that an older state never covers a newer one.
let writing = Promise.resolve();
function inTurn(act) {
  const done = writing.then(act);
  writing = done.catch(() => {});
  return done;
}

async function keepDraft() {
  by("field-kept").textContent = words.keeping;
  try {
    await inTurn(() => putItem(draft, { draft: typed() }));
    by("field-kept").textContent = words.kept;
  } catch {
    by("field-kept").textContent = words.storage;
  }
}

let soon = null;
function keepSoon() {
  clearTimeout(soon);
  soon = setTimeout(keepDraft, 200);
}

async function show(item) {
  draft = item;
  const told = (await toldOf(item)).draft;
  form.reset();
  by("field-problems").replaceChildren();
  for (const name of FIELDS) if (told[name] !== undefined) form.elements[name].value = told[name];
  if (!form.elements.plan.value) form.elements.plan.value = "";
  form.elements.publish.checked = told.publish !== false;
  point = told.point ?? null;
  showPoint();
  choosePlan();
  for (const problem of told.problems ?? []) addProblem(problem);
  for (const photo of await photosOf(item.uuid)) await showShot(photo);
}

async function begin() {
  for (const list of form.querySelectorAll("[data-shots]")) list.replaceChildren();
  const asked = location.hash.slice(1);
  const plan = standing.plans.find((item) => item.uuid === asked) ?? standing.plans[0];
  const programme = standing.programmes[0]?.name ?? "";
  const fresh = { plan: plan?.uuid ?? "", programme, kind: "patrol", held_on: today(), publish: true, problems: [] };
  const item = { uuid: newId(), person: standing.person, state: "draft", order: Date.now(), at: Date.now() };
  await putItem(item, { draft: fresh });
  const [made] = (await items()).filter((one) => one.uuid === item.uuid);
  await show(made);
}

// -- photos ----------------------------------------------------------------------------------------------------------

// A small picture to show; the photo itself stays as the camera made it. Bytes that are no picture have none.
async function small(file) {
  try {
    const picture = await createImageBitmap(file);
    const scale = 160 / Math.max(picture.width, picture.height);
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.round(picture.width * scale));
    canvas.height = Math.max(1, Math.round(picture.height * scale));
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    return canvas.toDataURL("image/jpeg", 0.6);
  } catch {
    return "";
  }
}

async function showShot(photo, told) {
  const list = form.querySelector(`[data-shots="${photo.problem}"]`) ?? form.querySelector('[data-shots=""]');
  const shown = told ?? (await shownOf(photo));
  const line = copy("shot-template");
  line.dataset.photo = photo.id;
  const picture = line.querySelector("img");
  if (shown.small) picture.src = shown.small;
  picture.alt = shown.name;
  line.querySelector(".note").textContent = photo.ticket ? `${words.kept}　${words.ticketed}` : words.kept;
  line.querySelector("button").addEventListener("click", async () => {
    await dropPhoto(photo.id);
    line.remove();
  });
  list.append(line);
}

// Each photo is on the device before the next one is read; what does not fit is said, never dropped silently.
let taking = Promise.resolve();
function take(input) {
  taking = taking.then(() => takeIn(input)).catch(() => (by("field-fault").textContent = words.storage));
}

async function takeIn(input) {
  const files = [...input.files];
  const item = draft.uuid;
  for (const [at, file] of files.entries()) {
    const bytes = await file.arrayBuffer();
    const plan = form.elements.plan.value;
    const ticket = await nextTicket(plan, standing.person);
    const photo = { id: newId(), item, person: standing.person, problem: input.dataset.problem, order: Date.now() + at / 1000, sha256: await digest(bytes), plan, ticket };
    const shown = { name: file.name.slice(0, 200), taken_at: new Date(file.lastModified).toISOString(), small: await small(file) };
    await putPhoto(photo, bytes, shown);
    await showShot(photo, shown);
  }
  input.value = "";
}

// -- done: into the queue --------------------------------------------------------------------------------------------

function faults() {
  const plan = form.elements.plan.value;
  const needed = plan ? NEEDED : ["title", "programme", ...NEEDED];
  const missing = needed.filter((name) => !form.elements[name].value.trim()).map((name) => labelOf(form.elements[name]));
  for (const item of problems()) if (!item.text || !item.body || item.within < 1) missing.push(by("problem-template").content.querySelector("legend").textContent);
  return missing;
}

async function named(list, plan) {
  const found = [];
  for (const photo of list) {
    const shown = await shownOf(photo);
    const ticket = photo.plan === plan && photo.ticket ? { ticket: photo.ticket } : {};
    found.push({ id: photo.id, sha256: photo.sha256, name: shown.name, taken_at: shown.taken_at, ...ticket });
  }
  return found;
}

async function payload(item) {
  const told = typed();
  const all = await photosOf(item.uuid);
  const own = new Set(told.problems.map((problem) => problem.uuid));
  const about = {};
  for (const problem of told.problems) about[problem.uuid] = await named(all.filter((photo) => photo.problem === problem.uuid), told.plan);
  const seen = { held_on: told.held_on, place: told.place, text: told.text, people: told.people, publish: told.publish, ...(point ? { ...point, accuracy: Math.round(point.accuracy) } : {}) };
  const made = told.plan ? null : { programme: told.programme, kind: told.kind, title: told.title, place_division: told.place_division };
  return {
    uuid: told.plan || item.uuid,
    new: made,
    seen,
    problems: told.problems.map((problem) => ({ ...problem, photos: about[problem.uuid] })),
    photos: await named(all.filter((photo) => !own.has(photo.problem)), told.plan),
    device: await secretOf(standing.person),
    title: made ? told.title : (standing.plans.find((plan) => plan.uuid === told.plan)?.title ?? ""),
    draft: told,
  };
}

async function finish(event) {
  event.preventDefault();
  const missing = faults();
  by("field-fault").textContent = missing.length ? `${words.missing}${missing.join("、")}` : "";
  if (missing.length) return;
  clearTimeout(soon);
  await taking;
  const item = draft;
  const told = await payload(item);
  await inTurn(() => putItem({ ...item, state: "queued", order: Date.now(), reason: "" }, told));
  standing.plans = standing.plans.filter((plan) => plan.uuid !== told.uuid);
  offer();
  await begin();
  await list();
  window.scrollTo({ top: 0 });
  send();
}

// -- the queue -------------------------------------------------------------------------------------------------------

async function list() {
  const all = await items();
  const mine = all.filter((item) => item.person === standing.person);
  const waiting = mine.filter((item) => item.state === "queued" || item.state === "refused");
  const section = root.querySelector(".queue");
  section.hidden = !waiting.length && !all.some((item) => item.person !== standing.person && item.state !== "sent");
  by("field-count").textContent = waiting.length;
  by("field-items").replaceChildren(...(await Promise.all(waiting.map(line))));
  const done = mine.filter((item) => item.state === "sent").slice(-10).reverse();
  root.querySelector(".done").hidden = !done.length;
  by("field-done").replaceChildren(...(await Promise.all(done.map(line))));
  const others = new Set(all.filter((item) => item.person !== standing.person && item.state !== "sent").map((item) => item.person));
  const old = waiting.some((item) => Date.now() - item.at > THREE_DAYS);
  const told = [words[why] ?? "", old ? words.old : "", others.size ? words.others + [...others].join("、") : ""];
  by("field-told").textContent = told.filter(Boolean).join("　");
  by("field-signin").hidden = why !== "sign";
}

async function line(item) {
  const told = await toldOf(item);
  const photos = await photosOf(item.uuid);
  const left = photos.filter((photo) => !photo.sent).length;
  const found = copy("item-template");
  found.dataset.state = item.state;
  const tag = found.querySelector(".tag");
  tag.textContent = { queued: words[why === "sending" || !why ? "sending" : "waiting"], refused: words.refused, sent: words.sent }[item.state];
  tag.classList.add({ queued: "act", refused: "late", sent: "good" }[item.state]);
  found.querySelector("b").textContent = told.title;
  found.querySelector(".when").textContent = told.seen.held_on;
  const counts = photos.length ? (left ? `${left} ${words.left}` : `${photos.length} ${words.photos}`) : "";
  found.querySelector(".about").textContent = [item.reason, counts].filter(Boolean).join("　");
  found.querySelector("[data-mend]").hidden = item.state !== "refused" || item.taken;
  found.querySelector("[data-mend]").addEventListener("click", () => mend(item));
  found.querySelector("[data-remove]").hidden = item.state !== "refused";
  found.querySelector("[data-remove]").addEventListener("click", () => remove(item));
  return found;
}

// Opens a refused item in the form; what stood there waits as it is, empty drafts go.
async function mend(item) {
  await keepDraft();
  const told = await toldOf(item);
  const current = typed();
  if (!current.text && !current.place && !(await photosOf(draft.uuid)).length) await dropItem(draft.uuid);
  await putItem({ ...item, state: "draft", reason: "" }, { draft: told.draft });
  offer();
  const [made] = (await items()).filter((one) => one.uuid === item.uuid);
  await show(made);
  await list();
  form.scrollIntoView();
}

// A visit that was taken keeps what was taken; only its refused photos go.
async function remove(item) {
  if (!window.confirm(words.remove)) return;
  if (item.taken) {
    for (const photo of await photosOf(item.uuid)) if (photo.reason) await dropPhoto(photo.id);
    await noteItem(item.uuid, { state: "queued", reason: "" });
    send();
  } else await dropItem(item.uuid);
  await list();
}

// -- sending ---------------------------------------------------------------------------------------------------------

function again() {
  clearTimeout(timer);
  timer = setTimeout(send, 1000 * STEPS[Math.min(attempt, STEPS.length - 1)]);
  attempt += 1;
}

async function send() {
  clearTimeout(timer);
  if (!standing) return;
  const waiting = (await items()).some((item) => item.person === standing.person && item.state === "queued");
  if (!waiting) {
    why = "";
    return list();
  }
  why = "sending";
  await list();
  try {
    const fresh = await askStanding(words.standing);
    if (fresh.person !== standing.person) return location.reload();
    // Whatever went through shows that there is a network: the next fault is tried again soon.
    reached = true;
    await sendAll(standing.person, words.send, () => ((attempt = 0), list()));
    why = "";
    attempt = 0;
  } catch (stopped) {
    why = stopped.why ?? "waiting";
    reached = why !== "waiting";
    again();
  }
  say();
  await list();
}

// -- opening ---------------------------------------------------------------------------------------------------------

async function stay() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(words.worker, { scope: words.scope, updateViaCache: "none" });
  const { active } = await navigator.serviceWorker.ready;
  const files = [...document.querySelectorAll("link[href], script[src]")].map((item) => new URL(item.href ?? item.src).pathname);
  const channel = new MessageChannel();
  channel.port1.onmessage = ({ data }) => {
    kept = data.kept ? words.ready : kept;
    say();
  };
  active.postMessage({ keep: [...new Set(files.filter((file) => file.startsWith("/static/")))] }, [channel.port2]);
  await navigator.storage?.persist?.();
}

async function start() {
  if (!window.isSecureContext || !crypto.subtle) return void (by("field-state").textContent = words.insecure);
  say();
  try {
    standing = await askStanding(words.standing);
    await keepStanding(standing);
    await fetchTickets(words.tickets, standing).catch(() => {});
  } catch (stopped) {
    why = stopped.why ?? "waiting";
    reached = why !== "waiting";
    standing = await heldStanding();
  }
  if (!standing) return void (by("field-state").textContent = why === "forbidden" ? words.forbidden : words.first);
  say();
  offer();
  form.hidden = false;
  const drafts = (await items()).filter((item) => item.person === standing.person && item.state === "draft");
  if (drafts.length) await show(drafts[drafts.length - 1]);
  else await begin();
  form.addEventListener("input", keepSoon);
  form.addEventListener("submit", finish);
  form.elements.plan.addEventListener("change", choosePlan);
  form.elements.programme.addEventListener("change", choosePlan);
  form.addEventListener("change", (event) => event.target.type === "file" && take(event.target));
  form.addEventListener("click", (event) => {
    if (!event.target.closest("[data-drop]")) return;
    event.target.closest(".problem").remove();
    keepSoon();
  });
  by("field-add").addEventListener("click", () => addProblem().querySelector("textarea").focus());
  by("field-now").addEventListener("click", () => ((attempt = 0), send()));
  by("field-locate").addEventListener("click", locate);
  for (const name of ["online", "offline"]) window.addEventListener(name, () => (say(), send()));
  document.addEventListener("visibilitychange", () => (document.hidden ? keepDraft() : send()));
  root.dataset.open = "1";
  await list();
  send();
  stay().catch(() => {});
}

function locate() {
  by("field-point").textContent = words.locating;
  const found = ({ coords }) => {
    point = { longitude: coords.longitude, latitude: coords.latitude, accuracy: coords.accuracy };
    showPoint();
    keepDraft();
  };
  navigator.geolocation.getCurrentPosition(found, () => (by("field-point").textContent = words.unlocated), { enableHighAccuracy: true, timeout: 20_000, maximumAge: 60_000 });
}

start();
