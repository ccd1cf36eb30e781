"""What an event and a place look like in the store: column names, types and meaning.

Types are named as text so that reading this module costs nothing; `store.py` turns them into Arrow types.
"dictionary" is text with few distinct values, kept as codes.
"""

from __future__ import annotations

#: One row is one event (a crime, an incident). Null means "the source does not say", never zero.
EVENT_COLUMNS: dict[str, str] = {
    "crime_id": "text",  # the source's own identifier; null for anti-social behaviour in open data
    "source": "dictionary",  # "police.uk", "incidents", "make-believe"
    "force": "dictionary",  # force code, see forces.py: "leicestershire"
    "month": "dictionary",  # "2022-10", local month of the start
    "crime_type": "dictionary",  # "Burglary"; police.uk categories where the source maps to them
    "lon": "float64",  # WGS84 degrees; null when the source gives no location
    "lat": "float64",
    "x": "float64",  # British National Grid metres, worked out at import (2 m accuracy, see places.py)
    "y": "float64",
    "area": "dictionary",  # small-area code as recorded (LSOA)
    "location": "dictionary",  # location in words: "On or near High Street"
    "outcome": "dictionary",  # latest outcome
    "start": "timestamp",  # UTC seconds; null when the source has months only
    "end": "timestamp",  # UTC seconds; null when unknown or a moment
    "weekday": "int8",  # 0 = Monday, local time of the start; null with it
    "hour": "int8",  # 0-23, local time of the start; null with it
    "victim": "text",  # pseudonymous keys; null when the source has none
    "offender": "text",
    "caller": "text",
    "premises": "text",
    "file": "int32",  # index into the manifest's `files`: with `line` the way back to the record
    "line": "int32",  # line in that file, header = 1
}

#: The hierarchy of places: one row is one place at one level.
PLACE_COLUMNS: dict[str, str] = {
    "code": "text",
    "name": "text",
    "kind": "dictionary",  # see PLACE_KINDS
    "parent": "text",  # code of the place one level up; null at the top
    "population": "float64",  # null where not loaded
    "population_year": "int32",
    "lon": "float64",  # a point inside
    "lat": "float64",
    "geometry": "text",  # GeoJSON geometry; null where no boundary was loaded
}

#: From the small to the large.
PLACE_KINDS = ("small_area", "beat", "district", "force", "region", "nation")

#: Side of the grid that the store and the scan use, metres.
CELL_METRES = 250
