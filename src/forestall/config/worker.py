"""Run queued imports, until the server that started this process is gone."""

from __future__ import annotations

import os
import threading
import time

from forestall.config.start import set_up


def _leave_with_parent(parent: int) -> None:
    """A server that is killed cannot stop its worker: the worker looks after that itself."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def main() -> None:
    threading.Thread(target=_leave_with_parent, args=(os.getppid(),), daemon=True).start()
    set_up()
    from django.core.management import call_command

    call_command("db_worker", interval=0.5, startup_delay=False, verbosity=0)


if __name__ == "__main__":
    main()
