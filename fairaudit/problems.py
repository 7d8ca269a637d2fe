"""Errors that are told at once, one a line, so that one run is enough to mend them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from fairaudit.errors import ConfigError, FairAuditError, OptionError, RoleError, SourceError

Mendable = (RoleError, OptionError, ConfigError, SourceError)
"""What is gathered: errors of what somebody wrote, not of what a machine or a model can do."""


class Problems:
    """Errors that the user can mend, gathered while all that was said is read."""

    def __init__(self, known: Sequence[FairAuditError] = ()) -> None:
        """Begin with those that are known."""
        self.errors: list[FairAuditError] = list(known)

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self.errors)

    @contextmanager
    def gathered(self, place: str = "") -> Iterator[None]:
        """Keep an error of what is done within instead of raising it; of a kind that is not gathered it is raised.

        Args:
            place: what each line of it begins with; empty: nothing.
        """
        try:
            yield
        except Mendable as error:
            self.errors.append(error.within(place) if place else error)
        except FairAuditError as error:
            raise (error.within(place) if place else error) from None

    def tell(self) -> None:
        """Raise what was gathered: a single error as it is, several as one with a line each, none of them twice.

        Raises:
            FairAuditError: of their kind; of several kinds a ConfigError, where one is that, else a RoleError.
        """
        lines = list(dict.fromkeys(line for error in self.errors for line in error.lines))
        kinds = {type(error) for error in self.errors}
        if len(lines) == 1:
            raise self.errors[0] from None
        if lines:
            kind = kinds.pop() if len(kinds) == 1 else ConfigError if ConfigError in kinds else RoleError
            raise kind(f"{len(lines)} problems:", lines) from None
