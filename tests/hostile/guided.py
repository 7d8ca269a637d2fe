"""Bytes to which coverage of our code leads: ``python tests/hostile/guided.py KIND SECONDS [SEED]``.

KIND is tables or configurations. Atheris is no dependency of the tests (``pip install atheris``); it begins with sound
files and changes bytes wherever that reaches new branches of the readers. A crash leaves its bytes in the working
directory, and ends it; so does an input that takes more processor time than `hostile_runs.PATIENCE`. Other work on the
machine does not count: by the clock of the wall an input was once called slow that takes 0.02 seconds.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["fairaudit.data", "fairaudit.gate"]):
    from fairaudit.data.sources import read
    from fairaudit.gate import config

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from hostile_runs import patience

from fairaudit.errors import FairAuditError

SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".parquet")
SOUND = {
    "tables": [
        b'\x00s,y,sex\n0.5,1,f\n0.25,0,"m"\n',
        b"\x01s\ty\tborn\r\n1e3\tyes\t1990-01-31\r\n-0.0\tno\t\r\n",
        b'\x02"a""b";"c;d"\n1,5;x\nNA;\xc3\xa9\n',
    ],
    "configurations": [
        b'[data.a]\nsource = "t.csv"\nprediction = "s"\nprotected = ["sex"]\n[[limit]]\nmeasure = "auc"\nmax = 0.1\n',
        b"[options]\nbootstrap = 10\n[[waiver]]\nexpires = 2030-01-01\n[fit]\nridge = 0.1\n[baseline]\n",
    ],
}
FOLDER = Path(tempfile.mkdtemp(prefix="fairaudit-"))


def tables(content: bytes) -> None:
    """Read the bytes behind the first, which says what the file is called, as a table."""
    path = FOLDER / f"t{SUFFIXES[(content or bytes(1))[0] % len(SUFFIXES)]}"
    path.write_bytes(content[1:])
    try:
        with patience():
            read(str(path))
    except FairAuditError:
        return


def configurations(content: bytes) -> None:
    """Read the bytes as a configuration."""
    path = FOLDER / "fairaudit.toml"
    path.write_bytes(content)
    try:
        with patience():
            config.read(path)
    except FairAuditError:
        return


def main(kind: str, seconds: str, seed: str = "1") -> None:
    """Fuzz one of the readers for a time."""
    corpus = FOLDER / "corpus"
    corpus.mkdir()
    for number, content in enumerate(SOUND[kind]):
        (corpus / str(number)).write_bytes(content)
    options = [f"-max_total_time={seconds}", f"-seed={seed}", "-max_len=4096", "-print_final_stats=1", "-timeout=3600"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], {"tables": tables, "configurations": configurations}[kind])
    atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
