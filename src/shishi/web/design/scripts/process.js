// A process drawn by bpmn-js with where one case stands: the marks are read from the list beside it, which says the same.
// Moved by dragging, by the arrow keys or with one finger sideways; the wheel goes on scrolling the page. A process that
// is called stands in a part of its own below: a button on the activity (or a double click) goes there, another one back.
import NavigatedViewer from "bpmn-js/lib/NavigatedViewer";

// Officials see more at once; citizens read at arm's length, elders with larger letters.
const reads = document.body.classList;
const [LEGIBLE, LARGEST] = reads.contains("elder") ? [1.4, 1.6] : reads.contains("portal") ? [1, 1.2] : [0.72, 1];
const EDGE = 24;
const STEP = 60;
const SHAPES = { done: "✓", now: "●", late: "◆", passed: "–" };
const ARROWS = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] };

function look() {
  const style = getComputedStyle(document.documentElement);
  const token = (name) => style.getPropertyValue(name).trim();
  const text = { fontFamily: token("--face"), fontSize: 12, lineHeight: 1.3 };
  return {
    bpmnRenderer: { defaultFillColor: token("--sheet"), defaultStrokeColor: token("--ink-soft"), defaultLabelColor: token("--ink") },
    textRenderer: { defaultStyle: text, externalStyle: { ...text, fontSize: 11 } },
  };
}

// A shape and a word on each step that the case came to, above its upper edge.
function mark(viewer, lines) {
  const [canvas, overlays, registry] = ["canvas", "overlays", "elementRegistry"].map((name) => viewer.get(name));
  for (const line of lines) {
    const { element, mark: kind, word, times } = line.dataset;
    if (!registry.get(element) || kind === "ahead") continue;
    canvas.addMarker(element, `is-${kind}`);
    const html = document.createElement("span");
    html.className = `placed ${kind}`;
    html.textContent = [SHAPES[kind], word, times > 1 ? `×${times}` : ""].filter(Boolean).join(" ");
    overlays.add(element, { position: { top: -11, left: 4 }, html, scale: { min: 1, max: 1 }, show: { minZoom: 0.35 } });
  }
}

// Where a called process has a part of its own, the activity leads to it.
function lead(box, viewer) {
  const [overlays, registry] = [viewer.get("overlays"), viewer.get("elementRegistry")];
  for (const part of box.closest(".process").querySelectorAll("[data-part]")) {
    const caller = part.dataset.part;
    if (!caller || !registry.get(caller)) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "enter";
    button.textContent = box.dataset.enter;
    button.addEventListener("click", () => enter(part, button));
    const scale = { min: 1, max: 1 };
    overlays.add(caller, { position: { bottom: 6, left: 6 }, html: button, scale, show: { minZoom: 0.35 } });
    viewer.get("eventBus").on("element.dblclick", ({ element }) => element.id === caller && enter(part, button));
  }
}

async function enter(part, from) {
  const box = part.querySelector("[data-process]");
  if (box.hidden) await draw(box);
  const back = part.querySelector("[data-back]");
  if (back) back.onclick = () => seen(from);
  seen(part.querySelector("h3"));
}

function seen(place) {
  place.focus({ preventScroll: true });
  place.closest("section").scrollIntoView({ block: "start" });
}

function walked(viewer, names) {
  const [canvas, registry] = [viewer.get("canvas"), viewer.get("elementRegistry")];
  for (const name of names) if (registry.get(name)) canvas.addMarker(name, "is-walked");
}

// All of it where that can be read; else as large as can be read, with the case's place in sight. The box is as high as
// the drawing needs, up to what its sheet allows.
function settle(box, viewer, place) {
  const canvas = viewer.get("canvas");
  const { inner } = canvas.viewbox();
  const scale = Math.min(Math.max((box.clientWidth - 2 * EDGE) / inner.width, LEGIBLE), LARGEST);
  box.style.height = `${Math.ceil(Math.max(inner.height * scale + 2 * EDGE, 150)) + 2}px`;
  canvas.resized();
  const { clientWidth: width, clientHeight: height } = box;
  const shape = place && viewer.get("elementRegistry").get(place);
  const middle = shape ? shape.x + shape.width / 2 - width / scale / 2 : inner.x;
  const [first, last] = [inner.x - EDGE / scale, inner.x + inner.width + EDGE / scale - width / scale];
  const x = first < last ? Math.min(Math.max(middle, first), last) : first + (last - first) / 2;
  const top = inner.height * scale + EDGE > height && shape ? shape.y - height / scale / 3 : inner.y - EDGE / scale;
  canvas.viewbox({ x, y: top, width: width / scale, height: height / scale });
}

function handled(box, viewer, place) {
  const canvas = viewer.get("canvas");
  const svg = box.querySelector(".djs-container > svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", box.dataset.label);
  svg.addEventListener("keydown", (event) => {
    const way = ARROWS[event.key];
    if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    canvas.scroll({ dx: way[0], dy: way[1] });
  });
  let finger = null;
  svg.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "touch") finger = event.clientX;
  });
  svg.addEventListener("pointermove", (event) => {
    if (finger === null || event.pointerType !== "touch") return;
    canvas.scroll({ dx: event.clientX - finger, dy: 0 });
    finger = event.clientX;
  });
  for (const end of ["pointerup", "pointercancel"]) svg.addEventListener(end, () => (finger = null));
  const tools = box.closest("[data-part]").querySelector("[data-process-tools]");
  if (!tools) return;
  tools.hidden = false;
  tools.addEventListener("click", (event) => {
    const does = event.target.closest("button")?.dataset.zoom;
    if (does === "fit") canvas.zoom("fit-viewport", "auto");
    else if (does === "place") settle(box, viewer, place);
    else if (does) canvas.zoom(Math.min(Math.max(canvas.zoom() * (does === "in" ? 1.25 : 0.8), 0.2), 3), "auto");
  });
}

async function draw(box) {
  const answer = await fetch(box.dataset.process, { credentials: "same-origin" });
  if (!answer.ok) return;
  const lines = [...document.querySelectorAll(`#${box.dataset.list} [data-element]`)];
  const place = lines.find((line) => ["now", "late"].includes(line.dataset.mark))?.dataset.element;
  box.hidden = false;
  const viewer = new NavigatedViewer({ container: box, zoomScroll: { enabled: false }, ...look() });
  try {
    await viewer.importXML(await answer.text());
  } catch {
    viewer.destroy();
    box.hidden = true;
    return;
  }
  mark(viewer, lines);
  walked(viewer, (box.dataset.walked ?? "").split(" ").filter(Boolean));
  lead(box, viewer);
  handled(box, viewer, place);
  settle(box, viewer, place);
}

for (const box of document.querySelectorAll('[data-part=""] > [data-process]')) draw(box);
