"""How the values of a table are read before they play their parts: what counts as missing, which spellings are one
level, and which rows take part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from fairaudit.errors import RoleError

NA = ":na="
"""Behind the name of a column: the values of it that mean a missing one."""
READ_AS_MISSING = "NAME:na=VALUE,VALUE is needed"
KEEP = "NAME=LEVEL,LEVEL is needed"
MERGE = "NAME:NEW=OLD,OLD is needed, such as 'sex:Male=M,male'"
"""What messages say of the form of each text."""


@dataclass(frozen=True)
class Cleaning:
    """How values are read. Columns are named, not yet checked."""

    merge: tuple[str, ...] = ()
    """Levels that are one: ``NAME:NEW=OLD,OLD`` each; the levels OLD of the column NAME are read as NEW."""
    tidy: bool = False
    """Whether levels that differ only in blanks, case or Unicode form are one, called by the most frequent spelling."""
    keep: tuple[str, ...] = ()
    """Rows that take part: ``NAME=LEVEL,LEVEL`` each; a row must have one of the levels, in each of the columns."""
    leave_out: tuple[str, ...] = ()
    """Rows that do not: ``NAME=LEVEL,LEVEL`` each."""
    na: str | None = None
    """Texts that mean a missing value in any column, between commas, instead of the usual ones of text files
    (`delimited.NULLS`); an empty field of a text file is always missing. None: the usual ones there, and none in a data
    frame."""
    na_of: tuple[str, ...] = ()
    """The same for single columns and of any kind: ``NAME:na=-999,-1``; with nothing behind ``=`` no value of the
    column is taken for a code."""

    def __post_init__(self) -> None:
        """Take one text for a tuple of it, and refuse what is no text."""
        for name in ("merge", "keep", "leave_out", "na_of"):
            given = getattr(self, name)
            several = (given,) if isinstance(given, str) or not isinstance(given, Iterable) else tuple(given)
            for text in several:
                if not isinstance(text, str):
                    raise RoleError(f"{name} is {text!r}, which is no text; write it as text, such as 'NAME=LEVEL'")
            object.__setattr__(self, name, several)
        if self.na is not None and not isinstance(self.na, str):
            raise RoleError(f"na is {self.na!r}, which is no text; write the marks between commas, such as '?,NA'")

    def words(self) -> dict[str, object]:
        """What was asked, for the manifest; nothing where nothing was."""
        asked = {name: list(getattr(self, name)) for name in ("merge", "keep", "leave_out", "na_of")}
        return {name: value for name, value in asked.items() if value} | {
            name: value for name, value in (("tidy", self.tidy or None), ("na", self.na)) if value is not None
        }


def tokens(text: str) -> tuple[str, ...]:
    """The parts of a list between commas, blanks around them removed; none of an empty one."""
    return tuple(part.strip() for part in text.split(",")) if text.strip() else ()
