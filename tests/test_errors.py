"""Messages quote a stranger's names, and nothing in them steers a terminal or a build server."""

from __future__ import annotations

import pytest

from fairaudit import errors
from fairaudit.errors import FairAuditError

CLASSES = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, FairAuditError)]
HOSTILE = (
    "a\n::error::broken",
    "a\r\n::add-mask::secret",
    "##[add-mask]secret",
    "##vso[task.setvariable]x",
    "\x1b[2J\x07\x9b31m",
    "\u202eevil\u2066",
    "a\u2028::set-output name=x::y",
)


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_of_the_data_commands_what_reads_a_message(kind, name):
    message = str(kind(f"column '{name}' is not in the data"))
    assert message.startswith("column 'a") or "##" not in message
    assert len(message.splitlines()) == 1
    assert not {character for character in message if ord(character) < 32 or 126 < ord(character) < 160}
    assert "##[" not in message
    assert "##vso[" not in message
    assert not {"\u202e", "\u2066", "\u2028"} & set(message)


def test_every_error_class_of_the_tree_is_drawn_in_its_docstring():
    assert len(CLASSES) >= 6
    for kind in CLASSES:
        assert kind.__name__ in (errors.__doc__ or "")


def test_plain_text_stays_as_it_is():
    assert str(FairAuditError("column 'Größe × 2' is not in the data; it has: a, b")) == (
        "column 'Größe × 2' is not in the data; it has: a, b"
    )
