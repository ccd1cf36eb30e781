"""Fill an empty store, or add records to one: run by `start` in a process of its own.

python -m forestall.config.fill [DATA] [MAPPING]
"""

from __future__ import annotations

import sys
from pathlib import Path

from forestall.config.start import set_up
from forestall.errors import ForestallError


def fill(data: Path | None, mapping: Path | None) -> None:
    from django.conf import settings

    from forestall.records.datasets import actions, selectors
    from forestall.records.demo import actions as demo
    from forestall.records.knowledge import actions as knowledge
    from forestall.records.problems.selectors import scans

    if data is not None:
        print(f"Importing {data} ...", flush=True)
        report = actions.import_now(by="system", path=data, mapping=mapping)
        print(
            f"  {report['rows_read']:,} rows read, {report['accepted']:,} accepted, "
            f"{report['rejected']:,} rejected; {report['events']:,} events.",
            flush=True,
        )
    elif not selectors.has_live():
        print("No records here yet: building the make-believe region ...", flush=True)
        demo.make_region()
    actions.adopt_places(by="system")
    knowledge.load_shipped(by="system")
    if not settings.PRODUCTION:
        demo.build()
    print("Scanning, so that the first look is quick ...", flush=True)
    scans.warm()
    if data is None and not settings.PRODUCTION:
        from forestall.records.demo import problems

        print("Making practice problems, one at each stage ...", flush=True)
        problems.build()


def main() -> None:
    set_up()
    data, mapping = ([*sys.argv[1:], "", ""])[:2]
    try:
        fill(Path(data) if data else None, Path(mapping) if mapping else None)
    except ForestallError as problem:
        print(f"Error: {problem.what}", file=sys.stderr)
        if problem.next_step:
            print(problem.next_step, file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
