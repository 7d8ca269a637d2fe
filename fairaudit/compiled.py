"""Compiled loops, and where they are kept between runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Loop = TypeVar("Loop", bound=Callable[..., Any])


def jit(**options: Any) -> Callable[[Loop], Loop]:
    """A decorator that compiles a loop with Numba when it is first called; it runs without Python's lock.

    The machine code is kept beside the module, or in the user's own cache folder. Where neither can be written to (a
    container without a home, a read-only installation) each run compiles anew, which costs a second or two. A shared
    temporary folder is not taken: what lies there is loaded as code, and others could have put it there.

    Args:
        options: further options of `numba.njit`.
    """
    import numba

    def compile(loop: Loop) -> Loop:
        try:
            compiled: Loop = numba.njit(cache=True, nogil=True, **options)(loop)
        except RuntimeError as error:
            if "no locator available" not in str(error):
                raise
            compiled = numba.njit(nogil=True, **options)(loop)
        return compiled

    return compile
