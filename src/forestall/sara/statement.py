"""Is a problem statement clear? Plain rules that name what is vague; a person decides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

#: What each check looks for, and what to write when it is not there.
MISSING = {
    "behaviour": "It does not say what people do. Name the behaviour, for example “bicycles are stolen from racks”.",
    "place": "It does not say where. Name the place, as small as the problem is.",
    "time": "It does not say when, or since when. Give hours, days, season or the month it began.",
    "who": "It does not say who is harmed. Name the people, the premises or the target.",
    "measure": "It does not say how much. Give a number and its period.",
}
BEHAVIOUR = re.compile(
    r"\b(burgl\w*|theft\w*|thiev\w*|steal\w*|stole\w*|robb\w*|assault\w*|attack\w*|fight\w*|stab\w*|punch\w*|"
    r"violen\w*|damag\w*|graffiti\w*|vandal\w*|smash\w*|arson\w*|fires?|deal\w*|suppl\w*|drug\w*|inject\w*|"
    r"drink\w*|drunk\w*|shout\w*|noise|noisy|abus\w*|harass\w*|threat\w*|intimidat\w*|stalk\w*|spik\w*|rape\w*|"
    r"begg\w*|litter\w*|dump\w*|fly[- ]?tip\w*|rac(?:e|es|ing)|speed\w*|driv\w*|rid(?:e|es|ing)|park\w*|"
    r"shoplift\w*|fraud\w*|scam\w*|deceiv\w*|trespass\w*|break\w*|broke\w*|follow\w*|grop\w*|snatch\w*|"
    r"exploit\w*|missing|anti-?social|gather\w*|loiter\w*|throw\w*|knif\w*|knives|weapons?)\b",
    re.IGNORECASE,
)
PLACE_WORDS = re.compile(
    r"\b(street|st|road|rd|avenue|lane|close|square|estate|park(?!ing|ed)|station|car park|centre|center|shop|shops|"
    r"store|supermarket|school|college|hospital|hotel|flats?|tower|block|pub|pubs|bar|bars|club|clubs|market|"
    r"precinct|bridge|canal|river|ward|village|town|city|district|beat|neighbourhood|junction|roundabout|stop|"
    r"garage|yard|field|pitch|beach|promenade|arcade|underpass|alley|alleyway|mall|campus|home|hostel|hub)\b",
    re.IGNORECASE,
)
NAMED_PLACE = re.compile(
    r"\b(?:in|at|on|near|around|of|along|behind|outside|between)\s+(?:the\s+)?[A-Z][\w'’-]+"
)
TIME = re.compile(
    r"\b(mon|tues|wednes|thurs|fri|satur|sun)days?\b|"
    r"\b(january|february|march|april|may|june|july|august|september|october|november|december)\b|"
    r"\b(morning|afternoon|evening|night|overnight|midnight|midday|noon|weekends?|weekdays?|daily|nightly|weekly|"
    r"after school|closing time|term|holidays?|winter|spring|summer|autumn|since|until|between \d|"
    r"from \d|\d{1,2}\s?(?:am|pm)|\d{1,2}[:.]\d{2}|20\d\d|last (?:year|month|week)|"
    r"(?:past|last)\s+\w+\s+(?:days|weeks|months|years)|"
    r"hours?|dark|daylight|payday)\b",
    re.IGNORECASE,
)
WHO = re.compile(
    r"\b(residents?|neighbours?|tenants?|shop\w*|staff|workers?|drivers?|passengers?|cyclists?|pedestrians?|"
    r"students?|pupils?|children|young people|teenagers?|women|men|girls|boys|elderly|older|patients?|nurses?|"
    r"customers?|visitors?|tourists?|users?|victims?|owners?|households?|families|people|community|public|"
    r"businesses?|premises|landlords?|dealers?|vehicles?|cars?|vans?|bicycles?|bikes?|phones?|homes|houses|"
    r"commuters?|couriers?|sex workers?|students)\b",
    re.IGNORECASE,
)
MEASURE = re.compile(
    r"\b\d[\d,.]*\s*(?:%|per cent|percent)?|"
    r"\b(one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?|half|third|quarter)\b",
    re.IGNORECASE,
)
SOLUTION = re.compile(
    r"\b(need\w*|lack\w* of|no|not enough|insufficient|more|install\w*|introduc\w*|provid\w*|require\w*|want\w*|"
    r"increase\w*|deploy\w*|set up|implement\w*)\s+(?:\w+\s+){0,3}?"
    r"(patrols?|cctv|cameras?|officers?|police|pcsos?|wardens?|lighting|lights?|gates?|fences?|signs?|bins?|"
    r"youth club\w*|guards?|posters?|an? (?:app|campaign|order|pspo|task ?force|operation)|pspos?|orders?|"
    r"resources?|enforcement|operations?|funding)\b",
    re.IGNORECASE,
)
VAGUE = re.compile(
    r"\b(issues?|problems? with|a lot|lots|many|several|numerous|often|frequently|regularly|various|general(?:ly)?|"
    r"etc\.?|and so on|all over|everywhere|at all times|some)\b",
    re.IGNORECASE,
)
#: Words that a pattern above must not take for a number of events: dates and clock times.
CLOCK = re.compile(
    r"\b(?:19|20)\d\d(?:-\d\d)?\b|\b\d{1,2}(?:[:.]\d{2})?\s?(?:am|pm)\b|\b\d{1,2}[:.]\d{2}\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Remark:
    """One thing to look at. `found` is the wording that raised it, empty when something is missing."""

    key: str
    message: str
    found: str = ""

    def to_dict(self) -> dict[str, str]:
        return dict(self.__dict__)


def check_statement(
    text: str, place_names: tuple[str, ...] = (), crime_types: tuple[str, ...] = ()
) -> list[Remark]:
    """What is vague in this problem statement?

    Parameters: text: one to a few sentences; place_names and crime_types: names known of the problem, which
    count as a place and a behaviour when they occur. Returns: remarks, empty when nothing was found.
    The rules look at words and miss much: a clean list is not approval. English only.
    """
    words = text.strip()
    if not words:
        return [
            Remark(
                "empty", "There is no statement yet. Say who does what to whom, where, when and how often."
            )
        ]
    lower = words.lower()
    remarks = []
    solution = SOLUTION.search(words)
    if solution:
        remarks.append(
            Remark(
                "solution",
                "It states a solution, not a problem. Say what happens that should not; responses come later.",
                solution.group(0),
            )
        )
    named = any(n.lower() in lower for n in place_names if n)
    typed = any(t.lower() in lower for t in crime_types if t)
    counted = CLOCK.sub(" ", words)
    tests = {
        "behaviour": typed or BEHAVIOUR.search(SOLUTION.sub(" ", words)),
        "place": named or NAMED_PLACE.search(words) or PLACE_WORDS.search(words),
        "time": TIME.search(words),
        "who": WHO.search(words),
        "measure": MEASURE.search(counted),
    }
    remarks += [Remark(key, MISSING[key]) for key, found in tests.items() if not found]
    vague = VAGUE.search(words)
    if vague and not tests["measure"]:
        remarks.append(
            Remark("vague", "This word says little. Put a number or a name in its place.", vague.group(0))
        )
    if len(words.split()) > 80:
        remarks.append(
            Remark("long", f"It has {len(words.split())} words. One or two sentences are easier to test.")
        )
    return remarks


def summary(remarks: list[Remark]) -> dict[str, Any]:
    """The remarks for a page: count, and the list."""
    return {"remarks": [r.to_dict() for r in remarks], "clear": not remarks}
