"""The table of calibration as a page of Markdown."""

from __future__ import annotations

from calibration.check import COVERAGE, FALSE_ALARMS, POWER, Reached

TOP = """# Calibration: how often the methods are wrong

Made by `make calibrate`; do not edit by hand. Each row is a simulation in which the truth is known.

- "False alarms": nothing is the matter; the share of runs in which the method says there is. Nominal is the most.
- "Coverage": the share of runs in which the interval holds the truth. Nominal is the least it should be.
- "Power": how often a real change is seen, against what was stated beforehand.

Monte Carlo error is the standard error of the figure. A row is **within** if it lies within three of them of nominal;
**conservative** if it errs to the safe side (fewer alarms, wider intervals: exact tests of few counts cannot do
otherwise); **MISSES** if it errs to the other. Runs: {runs:,}, fewer for slow methods, as the table says.

Season means an amplitude of 30 %; echo means that counts of neighbouring months correlate by 0.3; k = 2 is a negative
binomial of that size, whose variance at a mean of 20 is 220.
"""

HEAD = """| method | scenario | what | nominal | reached | Monte Carlo error | runs | verdict |
|---|---|---|---|---|---|---|---|
"""


def row(found: Reached) -> str:
    check = found.check
    digits = 2 if check.nominal < 0.01 else 1
    return (
        f"| {check.method} | {check.scenario} | {check.kind} | {check.nominal:.{digits}%} | {found.value:.{digits}%} "
        f"| {found.error:.2%} | {found.runs:,} | {found.verdict} |"
    )


def page(answers: list[Reached], runs: int) -> str:
    missed = [a for a in answers if a.verdict == "MISSES"]
    parts = [
        TOP.format(runs=runs),
        "\n## Where a method misses\n\n",
        f"{len(missed)} of {len(answers)} rows. What the software or its page says there:\n\n",
        "| method | scenario | nominal | reached | what to do |\n|---|---|---|---|---|\n",
        *(miss(a) for a in missed),
    ]
    for title, kind in (("False alarms", FALSE_ALARMS), ("Coverage", COVERAGE), ("Power", POWER)):
        chosen = sorted((a for a in answers if a.check.kind == kind), key=lambda a: a.check.method)
        if chosen:
            parts.append(f"\n## {title}\n\n{HEAD}" + "\n".join(map(row, chosen)) + "\n")
    return "".join(parts)


def miss(found: Reached) -> str:
    check = found.check
    return (
        f"| {check.method} | {check.scenario} | {check.nominal:.1%} | {found.value:.1%} "
        f"| {check.says or 'under work'} |\n"
    )
