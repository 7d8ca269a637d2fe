"""Errors of several roles, told at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from fairaudit.errors import OptionError, RoleError


class Problems:
    """Errors that the user can mend, gathered while roles are read, so that one run tells all of them."""

    def __init__(self) -> None:
        self._errors: list[RoleError | OptionError] = []

    @contextmanager
    def gathered(self) -> Iterator[None]:
        """Keep an error of what is done within instead of raising it."""
        try:
            yield
        except (RoleError, OptionError) as error:
            self._errors.append(error)

    def tell(self) -> None:
        """Raise what was gathered: a single error as it is, several as one.

        Raises:
            RoleError: several roles do not fit.
            OptionError: a single option does not.
        """
        if len(self._errors) == 1:
            raise self._errors[0] from None
        if self._errors:
            listed = "; ".join(f"({number}) {error}" for number, error in enumerate(self._errors, 1))
            raise RoleError(f"{len(self._errors)} roles do not fit: {listed}")
