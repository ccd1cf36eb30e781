"""Invented names. Nothing here is a real place, force or street; every large name says "make-believe"."""

from __future__ import annotations

from dataclasses import dataclass

NATION = ("nation:mb", "Make-believe")


@dataclass(frozen=True)
class ForceName:
    """One make-believe force: its code in the events, its names, and its shape on the lattice."""

    code: str
    name: str
    region: str
    districts: tuple[str, ...]
    left: int  # lattice column where it begins
    bottom: int  # lattice row where it begins
    beat_rows: tuple[int, ...]  # how many small areas high each row of beats is; a beat is two wide


#: code, name; the two halves of the nation
REGIONS = (
    ("r:mb-upper", "Upper Make-believe"),
    ("r:mb-lower", "Lower Make-believe"),
)

FORCES = (
    ForceName(
        "mb-northmarsh",
        "Northmarsh Police (make-believe)",
        "r:mb-upper",
        ("Northmarsh Sands", "Northmarsh Weald", "Quillhaven"),
        0,
        7,
        (3, 3, 4),
    ),
    ForceName(
        "mb-brinefold",
        "Brinefold Constabulary (make-believe)",
        "r:mb-upper",
        ("Brinefold Staithe", "Fernmere"),
        12,
        7,
        (3, 3, 4),
    ),
    ForceName(
        "mb-tidecombe",
        "Tidecombe Police (make-believe)",
        "r:mb-lower",
        ("Tidecombe Harbour", "Lanternby"),
        0,
        0,
        (3, 4),
    ),
    ForceName(
        "mb-gannetshire",
        "Gannetshire Constabulary (make-believe)",
        "r:mb-lower",
        ("Gannet Rise", "Ottermouth Vale", "Puffinworth"),
        8,
        0,
        (3, 4),
    ),
)

#: First and second halves of beat names; each pair is used once.
BEAT_FIRST = (
    "Kittiwake",
    "Samphire",
    "Lugworm",
    "Marram",
    "Bladder",
    "Cockle",
    "Dunlin",
    "Eelgrass",
    "Foghorn",
)
BEAT_SECOND = ("Quay", "Green", "Steps", "Common", "Cross", "Fields")

STREET_FIRST = (
    "Amberjack Barnacle Bosun Brackwater Buoy Capstan Clinker Coracle Cuttle Driftwood Ebbtide Fathom Flotsam "
    "Foredeck Galleon Gangplank Garfish Guillemot Halyard Hawser Jetsam Keelson Kelpie Limpet Longshore Mainsail "
    "Mizzen Nautilus Oarlock Oystercatcher Periwinkle Pintail Plankton Quarterdeck Razorbill Rigging Rowlock "
    "Sandpiper Scupper Seaholly Spindrift Spinnaker Stormglass Tamarisk Tiller Topsail Turnstone Urchin "
    "Whelkshell Wrasse Yardarm Zephyr"
).split()
STREET_SECOND = ("Street", "Road", "Lane", "Avenue", "Close", "Way", "Terrace", "Walk", "Drive", "Row")


def beat_name(number: int) -> str:
    """The name of the beat with this number, counted over the nation."""
    first = BEAT_FIRST[number % len(BEAT_FIRST)]
    return f"{first} {BEAT_SECOND[(number // len(BEAT_FIRST) + number) % len(BEAT_SECOND)]}"


def street_name(number: int) -> str:
    """The name of the street with this number; repeats after 520."""
    first = STREET_FIRST[number % len(STREET_FIRST)]
    return f"{first} {STREET_SECOND[(number // len(STREET_FIRST)) % len(STREET_SECOND)]}"
