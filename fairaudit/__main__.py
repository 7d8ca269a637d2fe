"""``fairaudit`` and ``python -m fairaudit``: the command line, ready for signals before it is even imported."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit; also where Ctrl-C comes while it is still being imported."""
    try:
        _end_orderly()
        from fairaudit.cli import INTERRUPTED
        from fairaudit.cli import main as run
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        sys.exit(130)  # INTERRUPTED, which may not be there yet
    try:
        run()
    except KeyboardInterrupt:  # before the first command, or behind the last
        sys.stderr.write("Interrupted.\n")
        sys.exit(INTERRUPTED)


def _end_orderly() -> None:
    """Let SIGTERM end the process as an exception does, so that files of work in progress are deleted: status 143."""
    import signal

    if hasattr(signal, "SIGTERM") and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


if __name__ == "__main__":
    main()
