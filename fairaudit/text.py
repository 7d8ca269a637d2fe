"""Text that came with the data, made safe to show: on one line, without characters that steer what reads it."""

from __future__ import annotations

import re
import unicodedata

_INVISIBLE = frozenset("\u061c\u200b\u200e\u200f\u2028\u2029\ufeff") | {
    chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
}
_LOG_COMMAND = re.compile(r"##(?=\[|vso\[)")
"""The start of a command that build servers obey anywhere in a line of a log (the other one, ``::``, only at its
start)."""
_LINE_COMMAND = re.compile(r"^([^\S\n]*):(?=:)", re.MULTILINE)
"""The start of a line, which may be indented, that build servers obey."""
_STEERING_IN_JSON = re.compile(r"[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]|#(?=#\[|#vso\[)")
"""What JSON may hold as it stands and a terminal or a build server obeys."""


def clean(text: str) -> str:
    """`text` on one line, without characters that steer a terminal or reorder a line; each leaves a visible mark."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_visible, text))


def log_line(text: str) -> str:
    """`text`, cleaned, such that no build server takes part of it for a command, wherever it stands in a line."""
    return _LOG_COMMAND.sub("#\N{FULLWIDTH NUMBER SIGN}", clean(text))


def log_lines(text: str) -> str:
    """`text` of several lines, cleaned and laid out already, such that no build server takes a line for a command."""
    return _LINE_COMMAND.sub("\\1\N{FULLWIDTH COLON}", _LOG_COMMAND.sub("#\N{FULLWIDTH NUMBER SIGN}", text))


def json_text(text: str) -> str:
    """JSON of the same value whose strings command neither a terminal nor a build server."""
    return _STEERING_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def shorten(text: str, limit: int) -> str:
    """`text`, cleaned, of at most `limit` characters, the last an ellipsis where something was cut."""
    tidy = clean(text)
    return tidy if len(tidy) <= limit else tidy[: limit - 1].rstrip() + "…"


def _visible(character: str) -> str:
    if character in "\n\r\t":
        return {"\n": "⏎", "\r": "␍", "\t": " "}[character]
    if ord(character) < 0x20:
        return chr(0x2400 + ord(character))
    if character in _INVISIBLE or unicodedata.category(character) in ("Cc", "Cs"):
        return "�"
    return character


def rows_in_words(number: float, words: str = "rows") -> str:
    """A number of rows with the words for them: ``1 row with a positive outcome``.

    Args:
        number: how many, shown without decimals.
        words: their name in the plural, which starts with ``rows``.
    """
    shown = f"{number:.0f}"
    return f"{shown} {'row' + words.removeprefix('rows') if shown == '1' else words}"
