"""The shape of a place on the map: outlines of cells, circles about points, boundaries of areas."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from forestall.evidence.places import to_degrees
from forestall.sara.scanning.field import Field
from forestall.sara.scanning.sightings import Sighting

#: A point is drawn as a circle: police.uk map points stand for the events of a street around them.
POINT_METRES = 75.0


def shape_of(field: Field, sighting: Sighting) -> dict[str, Any]:
    """GeoJSON geometry in degrees of a sighting: its boundary where one is loaded, else its cells."""
    import shapely

    if sighting.place and sighting.place in field.boundaries:
        return json.loads(field.boundaries[sighting.place])
    if sighting.point:
        metres = shapely.Point(*sighting.point).buffer(POINT_METRES, quad_segs=4)
    else:
        cells = core_cells(field, sighting)
        west, south = field.columns[cells] * field.cell_metres, field.rows[cells] * field.cell_metres
        squares = shapely.box(west, south, west + field.cell_metres, south + field.cell_metres)
        metres = shapely.simplify(shapely.union_all(squares), 0)
    return json.loads(shapely.to_geojson(shapely.transform(shapely.normalize(metres), _degrees)))


def core_cells(field: Field, sighting: Sighting) -> np.ndarray:
    """The cells to draw: all of a hot spot; of an area without a boundary those not stray."""
    if sighting.place is None or len(sighting.cells) < 4:
        return sighting.cells
    column, row = field.columns[sighting.cells], field.rows[sighting.cells]
    away = np.maximum(np.abs(column - np.median(column)), np.abs(row - np.median(row)))
    # A few events of an area lie far off in open data; they would stretch its shape over half the force.
    return sighting.cells[away <= 3 * max(float(np.median(away)), 2.0)]


def centre_of(field: Field, sighting: Sighting) -> tuple[float, float]:
    """Longitude and latitude of the middle of its events in the window."""
    if sighting.point:
        x, y = sighting.point
    else:
        inside = sighting.members[field.mapped[sighting.members]]
        recent = inside[(field.month[inside] >= sighting.first) & (field.month[inside] <= sighting.last)]
        use = recent if len(recent) else inside
        x, y = float(np.median(field.x[use])), float(np.median(field.y[use]))
    lon, lat = to_degrees(np.array([x]), np.array([y]))
    return round(float(lon[0]), 6), round(float(lat[0]), 6)


def _degrees(points: np.ndarray) -> np.ndarray:
    return np.round(np.column_stack(to_degrees(points[:, 0], points[:, 1])), 6)
