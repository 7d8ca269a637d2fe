"""No test reaches a network, nor does any process that a test starts: Python runs this module first of all.

`tests/conftest.py` puts this folder on the path of the processes, and calls `cut_off` for itself.
"""

import sys

HERE = ("127.0.0.1", "::1", "localhost", "", None, b"localhost", b"127.0.0.1")
"""Addresses of this machine, by which tests talk to a browser."""


class NetworkError(Exception):
    """Something tried to reach a network. No `OSError`, which code that wants to be helpful would swallow."""


def _refuse(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        if isinstance(address, tuple) and address[0] not in HERE:  # text and bytes are sockets of this machine
            raise NetworkError(f"{event} to {address}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname") and arguments[0] not in HERE:
        raise NetworkError(f"{event} of {arguments[0]!r}")


def cut_off() -> None:
    """Refuse connections and look-ups of names from now on; there is no way back."""
    sys.addaudithook(_refuse)


if __name__ == "sitecustomize":
    cut_off()
