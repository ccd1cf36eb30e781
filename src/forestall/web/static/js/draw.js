// Drawing an area on the map by its corners. Without this, areas are picked from the list.
for (const tools of document.querySelectorAll("[data-draw]")) {
  const field = document.getElementById(tools.dataset.draw);
  const said = tools.querySelector("[data-draw-said]");
  let corners = [];
  let shape = null;

  const start = (map) => {
    tools.hidden = false;
    map.on("click", (event) => {
      corners.push([event.latlng.lng, event.latlng.lat]);
      show(map);
    });
    tools.querySelector("[data-draw-undo]").addEventListener("click", () => {
      corners.pop();
      show(map);
    });
    tools.querySelector("[data-draw-clear]").addEventListener("click", () => {
      corners = [];
      show(map);
    });
  };

  const show = (map) => {
    if (shape) {
      map.removeLayer(shape);
      shape = null;
    }
    if (corners.length) {
      shape = window.L.polygon(corners.map(([lng, lat]) => [lat, lng]), { color: "#942514" }).addTo(map);
    }
    const enough = corners.length >= 3;
    field.value = enough
      ? JSON.stringify({ type: "Polygon", coordinates: [[...corners, corners[0]].map((c) => c.map((n) => +n.toFixed(6)))] })
      : "";
    const draw = document.querySelector('input[name="how"][value="draw"]');
    if (enough && draw) {
      draw.checked = true;
    }
    said.textContent = enough ? `${corners.length} corners: an area.` : `${corners.length} corners; an area needs three.`;
  };

  const box = document.querySelector("[data-map]");
  if (box && box.leaflet) {
    box.leaflet.eachLayer((layer) => layer.unbindPopup && layer.unbindPopup());
    start(box.leaflet);
  }
}
