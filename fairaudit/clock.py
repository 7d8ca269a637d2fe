"""The day by which waivers expire: that of the clock, or of SOURCE_DATE_EPOCH, so that a run can be repeated later."""

from __future__ import annotations

import datetime
import os

from fairaudit.errors import OptionError

VARIABLE = "SOURCE_DATE_EPOCH"


def settle() -> None:
    """Take an empty variable for none, and refuse one that is no number, before NumPy stumbles over either.

    Raises:
        OptionError: the variable is no whole number.
    """
    text = os.environ.get(VARIABLE)
    if text is None:
        return
    if not text.strip():
        del os.environ[VARIABLE]
        return
    _day(text)


def today() -> datetime.date:
    """Today in UTC; the day of SOURCE_DATE_EPOCH, where that is set.

    Raises:
        OptionError: it is no time that there can be.
    """
    text = os.environ.get(VARIABLE, "")
    return _day(text) if text.strip() else datetime.datetime.now(datetime.UTC).date()


def _day(text: str) -> datetime.date:
    try:
        return datetime.datetime.fromtimestamp(int(text), datetime.UTC).date()
    except (ValueError, OverflowError, OSError):
        raise OptionError(f"{VARIABLE} is '{text}'; whole seconds since 1970 are needed") from None
