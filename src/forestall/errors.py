"""The one kind of error that a person may see."""

from __future__ import annotations


class ForestallError(Exception):
    """Something that a user can put right.

    `what` names what was given and why it cannot be used; `next_step` says what to do. Command line and
    pages print both and never a traceback. No personal data goes in either.
    """

    def __init__(self, what: str, next_step: str = "") -> None:
        super().__init__(f"{what} {next_step}".strip())
        self.what = what
        self.next_step = next_step
