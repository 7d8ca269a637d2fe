"""Sessions of Spark: begun, ended, and what it says of failures as a message."""

from __future__ import annotations

import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from fairaudit import memory
from fairaudit.errors import FairAuditError, OptionError, SizeError, SourceError

INSTALL = "python -m pip install 'fairaudit-cli[spark]'"
"""What installs PySpark."""
JAVA = "Spark needs Java 17 or newer; install one (on Debian openjdk-17-jre-headless), or name its folder in JAVA_HOME"
"""What is told where there is no Java."""
WAIT = 5
"""Seconds that a master has to answer, and that Java has to end."""


@contextmanager
def explained() -> Iterator[None]:
    """Turn what Spark says of a question into a message."""
    try:
        yield
    except _failures() as error:
        raise _as_message(str(error)) from None


def _failures() -> tuple[type[Exception], ...]:
    """What Spark raises, and what comes where it has ended."""
    from pyspark.errors import PySparkException

    kinds: list[type[Exception]] = [PySparkException, OSError]
    with suppress(ImportError):  # a session that is only connected has none
        from py4j.protocol import Py4JError

        kinds.append(Py4JError)
    return tuple(kinds)


def _as_message(text: str) -> FairAuditError:
    if "maxResultSize" in text or "OutOfMemoryError" in text:
        return SizeError(
            "there are more different rows than the memory of Spark's driver takes; cut numbers into bands"
            " (NAME:bins=25,45), audit fewer attributes at once, or raise spark.driver.memory and"
            " spark.driver.maxResultSize"
        )
    told = [line.lstrip(": ") for line in text.splitlines() if line.strip(": ")]
    told = [line for line in told if not line.startswith("An error occurred while calling")]  # a name within Java
    reason = (re.findall(r"Caused by: (.*)", text) or told[:1] or [""])[-1]
    reason = re.sub(r"^(?:[\w$]+\.)+[\w$]+: ", "", reason)
    return SourceError(f"Spark gave up: {reason.strip().rstrip('.') or 'it does not say why'}")


@contextmanager
def session(master: str, folder: str, settings: Mapping[str, str] | None = None) -> Iterator[Any]:
    """A session of Spark whose files lie in `folder`, ended behind the block; a session of the running Spark where
    there is one.

    Args:
        master: such as ``local[2]``, ``spark://host:7077`` or ``yarn``.
        folder: where Spark keeps what it needs for the time.
        settings: more of Spark's settings.

    Raises:
        OptionError: there is no PySpark, no Java, or no such master.
    """
    with warnings.catch_warnings():
        # PySpark warns of versions of pandas, of which it is asked nothing.
        warnings.filterwarnings("ignore", module=r"pyspark\.")
        try:
            from pyspark import SparkContext
        except ImportError:
            raise OptionError(f"the engine spark needs PySpark to be there; install it with: {INSTALL}") from None
        running = SparkContext._active_spark_context
        if running is None:
            _look_for(master)
            with _started(master, folder, _settings(master, folder) | dict(settings or {})) as spark:
                yield _set(spark)
        elif running.master == master:
            from pyspark.sql import SparkSession

            with explained():  # it may have ended without a word
                another = _set(SparkSession(running).newSession())
            yield another
        else:
            raise OptionError(f"Spark is running with the master '{running.master}', not '{master}'; name that one")


@contextmanager
def _started(master: str, folder: str, settings: Mapping[str, str]) -> Iterator[Any]:
    """A session in a process of Java, which ends behind the block."""
    from pyspark import SparkConf, SparkContext
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    log, handler = Path(folder, "log"), signal.getsignal(signal.SIGINT)
    quiet = logging.NullHandler()  # py4j tells the root logger of what Ctrl-C breaks off, and that the terminal
    conf = SparkConf(loadDefaults=False).setAll(list(settings.items()))
    gateway: Any = None
    logging.getLogger().addHandler(quiet)
    with log.open("wb") as noise:
        try:
            with _uninterrupted(), _begun(log, master):
                gateway = launch_gateway(conf, {"stdout": noise, "stderr": noise})
            with _begun(log, master):
                spark = SparkSession(SparkContext(gateway=gateway, conf=conf))
            yield spark
            spark.stop()
        finally:
            SparkContext._active_spark_context = SparkContext._gateway = SparkContext._jvm = None
            if gateway is not None:
                _ended(gateway)
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, handler)  # Spark has set its own
            logging.getLogger().removeHandler(quiet)


def _settings(master: str, folder: str) -> dict[str, str]:
    """What Spark is started with. Its own files of settings hold for all else."""
    settings = {
        "spark.master": master,
        "spark.app.name": "fairaudit",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": folder,
        "spark.driver.defaultJavaOptions": f"-Djava.io.tmpdir={folder} -XX:-UsePerfData",
    }
    if said := memory.limit():
        settings["spark.driver.memory"] = f"{max(said // 2, 2**29) // 1024}k"
    if master.startswith("local"):
        settings |= {
            "spark.local.dir": folder,
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.shuffle.partitions": "8",
        }
    return settings


def _set(spark: Any) -> Any:
    """A session with what the answers depend on."""
    for name, value in {
        "spark.sql.caseSensitive": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.sources.partitionColumnTypeInference.enabled": "false",
        "spark.sql.legacy.parquet.nanosAsLong": "true",
    }.items():
        spark.conf.set(name, value)
    return spark


def _look_for(master: str) -> None:
    """Refuse to begin where there is no Java, or nobody answers at the address of a master."""
    home = os.environ.get("JAVA_HOME")
    if not (Path(home, "bin", "java").exists() if home else shutil.which("java")):
        raise OptionError(f"there is no Java{f' in {home}, which JAVA_HOME names' if home else ''}; {JAVA}")
    addresses = re.findall(r"([^,/]+):(\d+)", master.removeprefix("spark://")) if master[:8] == "spark://" else []
    for host, port in addresses:
        with suppress(OSError), socket.create_connection((host, int(port)), WAIT):
            return
    if addresses:
        raise OptionError(f"no Spark answers at '{master}'; check the address, and that its master runs")


@contextmanager
def _begun(log: Path, master: str) -> Iterator[None]:
    """Turn what Spark says at its start into a message."""
    try:
        yield
    except _failures() as error:
        text = f"{log.read_text(encoding='utf-8', errors='replace')}\n{error}"
        if "UnsupportedClassVersionError" in text:
            raise OptionError(f"this Java is too old; {JAVA}") from None
        reasons = re.findall(r"(?:Exception: |Error: )(.+)", text)
        reason = reasons[0].strip().rstrip(".") if reasons else str(error).splitlines()[0]
        raise OptionError(f"Spark does not begin with the master '{master}': {reason}") from None


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait for the end of the block, so that no process is left alone; a second one does not wait."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.getsignal(signal.SIGINT)

    def later(number: int, _: object) -> None:
        came.append(number)
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, later)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


def _ended(gateway: Any) -> None:
    """End the process of Java, which deletes its files."""
    with suppress(Exception):  # it may be gone already
        gateway.shutdown()
    process = gateway.proc
    if process is None:
        return
    process.stdin.close()
    process.terminate()
    try:
        process.wait(WAIT)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
