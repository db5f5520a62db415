// Outlines of divisions in the colours of their states, and rows at their points; without it tiles, list and table stand.
import { canvas, circleMarker, control, featureGroup, geoJSON, map as leaflet, popup, tileLayer } from "leaflet";

const CLOSE = 15;

function words(lines, address) {
  const text = document.createElement("div");
  for (const [tag, said] of lines) {
    if (!said) continue;
    const line = text.appendChild(document.createElement(tag));
    line.textContent = said;
    if (tag === "a") line.href = address;
  }
  return text;
}

function outlines(found, drawn) {
  return geoJSON(found, {
    style: ({ properties }) => ({ className: properties.kind, color: null, fillColor: null }),
    onEachFeature({ properties }, shape) {
      shape.bindTooltip(() => words([["b", properties.name], ["div", properties.told], ["div", properties.word]]), { sticky: true });
      if (properties.address) shape.on("click", () => window.location.assign(properties.address));
    },
  }).addTo(drawn);
}

// Rows are drawn on one canvas: thousands of elements would make the page slow.
function rows(points, drawn, colour) {
  const renderer = canvas({ padding: 0.3, tolerance: 6 });
  const known = new Map();
  const group = featureGroup();
  for (const [longitude, latitude, key, about, address] of points) {
    const place = [Number(latitude), Number(longitude)];
    const mark = circleMarker(place, { renderer, radius: 6, weight: 1.5, color: "#fff", fillColor: colour, fillOpacity: 0.85 });
    mark.on("click", () => tell(drawn, place, words([["a", key], ["div", about]], address)));
    group.addLayer(mark);
    known.set(address, { place, told: () => words([["a", key], ["div", about]], address) });
  }
  group.addTo(drawn);
  return { group, known };
}

function tell(drawn, place, text) {
  popup({ autoPan: true }).setLatLng(place).setContent(text).openOn(drawn);
  text.addEventListener("keydown", (event) => {
    if (event.key === "Escape") drawn.closePopup();
  });
  text.querySelector("a")?.focus();
}

// A button in the list leads to its point; closing what is told there leads back.
function listed(box, drawn, known) {
  let from = null;
  for (const button of document.querySelectorAll("[data-point]")) {
    const one = known.get(button.dataset.point);
    if (!one) continue;
    button.hidden = false;
    button.addEventListener("click", () => {
      box.scrollIntoView({ block: "nearest" });
      drawn.setView(one.place, Math.max(drawn.getZoom(), CLOSE), { animate: false });
      from = null;
      tell(drawn, one.place, one.told());
      from = button;
    });
  }
  drawn.on("popupclose", () => {
    from?.focus();
    from = null;
  });
}

async function draw(box) {
  const answer = await fetch(box.dataset.shapes, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const found = await answer.json();
  const points = found.points ?? [];
  if (!found.features.length && !points.length) return;
  box.hidden = false;
  const { tiles, credit } = box.dataset;
  const drawn = leaflet(box, { attributionControl: Boolean(credit), zoomControl: true, scrollWheelZoom: false, keyboard: true, maxZoom: 18 });
  if (tiles) tileLayer(tiles, { attribution: credit, crossOrigin: "anonymous", maxZoom: 18 }).addTo(drawn);
  box.classList.toggle("grounded", Boolean(tiles));
  box.classList.toggle("pointed", points.length > 0);
  const shapes = outlines(found, drawn);
  const { group, known } = rows(points, drawn, getComputedStyle(box).getPropertyValue("--act").trim() || "#1f4e8c");
  drawn.fitBounds((points.length ? group : shapes).getBounds(), { padding: [16, 16], maxZoom: CLOSE });
  if (points.length) control.scale({ imperial: false }).addTo(drawn);
  listed(box, drawn, known);
  if (found.features.length) document.querySelector("[data-without-shapes]")?.setAttribute("hidden", "");
}

for (const box of document.querySelectorAll("[data-shapes]")) draw(box).catch(() => (box.hidden = true));
