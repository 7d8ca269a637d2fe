"""What can go wrong for reasons that the user can mend.

::

    FairAuditError
    ├── SourceError     the data cannot be found, opened or understood, or hold no rows
    ├── RoleError       a column is missing, or does not fit the role it was given
    ├── OptionError     an option has a value outside its range, or contradicts another
    ├── FitError        a model could not be fitted to these data
    ├── SizeError       the question needs more memory than there is
    └── ConfigError     fairaudit.toml says something that is not understood, or asks for what is not there

All but the first and `SizeError`, which is a `MemoryError`, are also `ValueError`, as scikit-learn expects of
estimators. Every message is one sentence for the person who must act: what was found, what was expected, what exists
instead or what to do; several problems are told in one message, a line each (`problems.Problems`). The command line
prints it without a traceback and exits with status 2. Anything else that is raised is a fault of ours and keeps its
traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Self

from fairaudit.flags import for_the_caller
from fairaudit.text import log_line


class FairAuditError(Exception):
    """Base of all errors that the user can mend.

    Messages quote names and values of the data, which are a stranger's: this is the one door through which all of them
    go, and what comes out commands neither a terminal nor a build server: one line, or one for each problem behind a
    heading.
    """

    def __init__(self, message: str, problems: Iterable[str] = ()) -> None:
        """Keep the message, cleaned, with options as the caller writes them.

        Args:
            message: one sentence, or the heading of several problems.
            problems: these, one sentence each.
        """
        told = [log_line(for_the_caller(line)) for line in (message, *problems)]
        self.lines: tuple[str, ...] = tuple(told[1:]) or (told[0],)
        """Each problem; the message itself where there are no several."""
        super().__init__("\n  - ".join(told))

    def within(self, place: str) -> Self:
        """The same error of a place, such as one of several tables: each line begins with it."""
        lines = [f"{place}: {line}" for line in self.lines]
        return type(self)(lines[0]) if len(lines) == 1 else type(self)(f"{len(lines)} problems:", lines)


class SourceError(FairAuditError):
    """The data cannot be found, opened or understood, or hold no rows."""


class RoleError(FairAuditError, ValueError):
    """A column is missing, or does not fit the role it was given."""


class OptionError(FairAuditError, ValueError):
    """An option has a value outside its range, or contradicts another."""


class FitError(FairAuditError, ValueError):
    """A model could not be fitted to these data."""


class SizeError(FairAuditError, MemoryError):
    """The question needs more memory than there is."""


class ConfigError(FairAuditError, ValueError):
    """A configuration says something that is not understood, or asks for what is not there."""


def listing(names: Iterable[object], limit: int = 12) -> str:
    """``a, b, c`` for use in a message; beyond `limit` names ``a, b, … (30 in all)``."""
    all_names = [str(name) for name in names]
    if len(all_names) <= limit:
        return ", ".join(all_names) or "none"
    return ", ".join(all_names[:limit]) + f", … ({len(all_names)} in all)"


def nearest(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'NAME'?`` for use at the end of a message, or nothing where no known name is close."""
    close = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean '{close[0]}'?" if close else ""
