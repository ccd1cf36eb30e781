// Puts the shapes of each map into Leaflet, in place of the drawing that the server made. No tiles, no requests.
const L = window.L;

const words = (properties) => {
  const box = document.createElement("div");
  const name = document.createElement(properties.href ? "a" : "strong");
  name.textContent = properties.name;
  if (properties.href) name.href = properties.href;
  box.append(name);
  if (properties.text) box.append(document.createElement("br"), properties.text);
  return box;
};

const style = (feature) => ({
  color: feature.properties.color,
  weight: feature.properties.weight,
  fillColor: feature.properties.fill,
  fillOpacity: feature.properties.opacity,
  dashArray: feature.properties.dash ?? null,
});

for (const box of document.querySelectorAll("[data-map]")) {
  const data = JSON.parse(document.getElementById(box.dataset.map).textContent);
  if (!L || !data.features.length) continue;
  box.hidden = false;
  document.getElementById(box.dataset.drawing).hidden = true;
  const map = L.map(box, { preferCanvas: true, scrollWheelZoom: false });
  map.attributionControl.setPrefix(false);
  if (data.beneath) L.geoJSON(data.beneath, { style, interactive: false }).addTo(map);
  for (const [name, lng, lat] of data.names ?? []) {
    const words = document.createElement("span");
    words.textContent = name;
    L.tooltip({ permanent: true, direction: "center", className: "app-map-name app-map-name--beneath" })
      .setLatLng([lat, lng]).setContent(words).addTo(map);
  }
  const layer = L.geoJSON(data, {
    style,
    pointToLayer: (feature, at) => L.circleMarker(at, { ...style(feature), radius: feature.properties.radius }),
    onEachFeature: (feature, part) => {
      part.bindPopup(() => words(feature.properties));
      if (feature.properties.label) {
        const name = document.createElement("span");
        name.textContent = feature.properties.label;
        part.bindTooltip(name, { permanent: true, direction: "center", className: "app-map-name" });
      }
    },
  }).addTo(map);
  if (data.bounds) map.fitBounds(data.bounds);
  else map.fitBounds(layer.getBounds(), { padding: [24, 24] });
  L.control.scale({ imperial: false }).addTo(map);
  box.leaflet = map;
}
