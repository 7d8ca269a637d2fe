"""Tables that lie elsewhere: fetched over HTTP into a temporary file, in runs that allow it.

Whether a run may use the network belongs to the process, as its memory does (`fairaudit.memory`): it changes no number.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from typing import IO, TYPE_CHECKING, BinaryIO, cast
from urllib.parse import urlsplit, urlunsplit

from fairaudit.errors import SourceError

if TYPE_CHECKING:
    from http.client import HTTPMessage
    from urllib.request import Request

FETCHED = ("https", "http")
"""Schemes of addresses that are fetched."""
PATIENCE = 60.0
"""Seconds without a byte after which a server is given up."""
IN_MEMORY = 2**26
"""Bytes of a table up to which it is not written to disk."""

_allowed: ContextVar[bool] = ContextVar("remote_allowed", default=False)


@contextmanager
def remote_allowed(allowed: bool) -> Iterator[None]:
    """Let sources inside the block be addresses of tables elsewhere."""
    token = _allowed.set(allowed)
    try:
        yield
    finally:
        _allowed.reset(token)


def is_url(source: str) -> bool:
    """Whether a source is an address, such as ``https://…`` or ``s3://…``, and no path."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", source) is not None


def shown(source: str) -> str:
    """How a source is called in messages and results: an address without what may be secret in it, the name of a user
    and all behind the path."""
    if not is_url(source):
        return source
    try:
        parts = urlsplit(source)
    except ValueError:  # of brackets that are no address
        return source.partition(":")[0] + "://…"
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def ask(name: str) -> None:
    """Refuse an address, called so in messages, in a run that allows no network.

    Raises:
        SourceError: it does not.
    """
    if not _allowed.get():
        raise SourceError(
            f"'{name}' is a URL, and nothing is fetched from a network unless --allow-remote is said; add it, or"
            " download the table first"
        )


def fetched(url: str) -> BinaryIO:
    """What lies at an address, whole.

    Raises:
        SourceError: the run allows no network, the address is of another kind, or it could not be fetched.
    """
    from http.client import HTTPException, InvalidURL, responses
    from urllib.error import HTTPError
    from urllib.request import HTTPRedirectHandler, build_opener

    name, scheme = shown(url), url.partition(":")[0].lower()
    if scheme not in FETCHED:
        raise SourceError(f"'{name}' is a URL of a kind that is not read; download it first, or name one of https")
    ask(name)
    if "@" in url.partition("//")[2].partition("/")[0]:
        raise SourceError(f"'{name}' is a URL with the name of a user in it, which is not sent; download it first")

    class SameSafety(HTTPRedirectHandler):
        """Follows a server to another address only where that is as safe; urllib follows none to a file."""

        def redirect_request(
            self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
        ) -> Request | None:
            if scheme == "https" and urlsplit(newurl).scheme != "https":
                raise SourceError(f"'{name}' leads to '{shown(newurl)}', which is less safe; download it first")
            return super().redirect_request(req, fp, code, msg, headers, newurl)

    with ExitStack() as stack:
        spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115  # the stack closes it
        file = stack.enter_context(cast(BinaryIO, spool))
        try:
            with build_opener(SameSafety).open(url, timeout=PATIENCE) as answer:
                shutil.copyfileobj(answer, file)
                promised = str(answer.headers.get("Content-Length"))
        except HTTPError as error:
            with error:
                raise SourceError(
                    f"'{name}' cannot be fetched: the server says {error.code} {responses.get(error.code, '')}"
                ) from None
        except (InvalidURL, ValueError):  # they would quote what may be secret
            raise SourceError(f"'{name}' cannot be fetched: the address is not well-formed") from None
        except (OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise SourceError(f"'{name}' cannot be fetched: {getattr(reason, 'strerror', None) or reason}") from None
        if promised.isdigit() and file.tell() != int(promised):
            raise SourceError(f"'{name}' ended after {file.tell():,} of {int(promised):,} bytes; fetch it again")
        file.seek(0)
        stack.pop_all()  # whoever reads it closes it
        return file
