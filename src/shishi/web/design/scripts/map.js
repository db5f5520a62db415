// Outlines of divisions in the colours of their states; without it the tiles and the table stand.
import { geoJSON, map as leaflet } from "leaflet";

async function draw(box) {
  const answer = await fetch(box.dataset.shapes, { headers: { Accept: "application/json" } });
  if (!answer.ok) return;
  const found = await answer.json();
  if (!found.features.length) return;
  box.hidden = false;
  const drawn = leaflet(box, { attributionControl: false, zoomControl: true, scrollWheelZoom: false, keyboard: true });
  const words = (told) => {
    const text = document.createElement("div");
    for (const [tag, said] of [["b", told.name], ["div", told.told], ["div", told.word]]) {
      const line = document.createElement(tag);
      line.textContent = said;
      text.append(line);
    }
    return text;
  };
  const shapes = geoJSON(found, {
    style: ({ properties }) => ({ className: properties.kind, color: null, fillColor: null }),
    onEachFeature({ properties }, shape) {
      shape.bindTooltip(() => words(properties), { sticky: true });
      if (properties.address) shape.on("click", () => window.location.assign(properties.address));
    },
  }).addTo(drawn);
  drawn.fitBounds(shapes.getBounds(), { padding: [12, 12] });
  document.querySelector("[data-without-shapes]")?.setAttribute("hidden", "");
}

for (const box of document.querySelectorAll("[data-shapes]")) draw(box).catch(() => (box.hidden = true));
