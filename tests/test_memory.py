"""The budget of memory: read from what was said or from the machine, and asked before anything is allocated."""

import math

import pytest

from fairaudit import SizeError, memory_limit
from fairaudit.errors import OptionError
from fairaudit.memory import _control_groups, ask, lacking, left, limit, parse, words

GB = 10**9


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("4GB", 4 * GB),
        ("4 gb", 4 * GB),
        ("512MiB", 512 * 2**20),
        ("1.5G", 1.5 * GB),
        ("20000kB", 2e7),
        ("1TiB", 2**40),
        (2**30, 2**30),
    ],
)
def test_a_size_is_read_with_its_unit(text, size):
    assert parse(text) == size


@pytest.mark.parametrize(
    "text", ["", "much", "4XB", "-4GB", "4i", "nan", "1e400", "9" * 5000, "1KB", 0, "½GB", "4GB\n::x::"]
)
def test_what_is_no_size_or_too_small_is_refused(text):
    with pytest.raises(OptionError, match="the memory limit is"):
        parse(text)


def test_a_limit_holds_inside_its_block_only():
    assert limit() is None
    with memory_limit("4GB"):
        assert limit() == 4 * GB
        with memory_limit(None):
            assert limit() is None
        assert limit() == 4 * GB
    assert limit() is None


def test_what_the_process_has_already_is_no_longer_left():
    with memory_limit("1TB"):
        assert 900 * GB < left() < 1000 * GB
    with memory_limit("10MB"):
        assert left() == 0


def test_what_needs_more_than_is_left_is_refused_with_what_to_do():
    with memory_limit("1TB"):
        ask(100 * GB, "things", "do less")
        with pytest.raises(SizeError, match=r"^things need 2.0 TB of memory, and .* leaves (999|1,000) GB; do"):
            ask(2000 * GB, "things", "do less")
    with pytest.raises(SizeError, match=r"and this machine leaves .* GB; do less"):
        ask(1e18, "things", "do less")


def test_a_caller_may_catch_it_as_what_python_raises():
    with pytest.raises(MemoryError):
        ask(math.inf, "things", "do less")


def group(folder, **files):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def test_a_container_counts_where_it_is_and_above(tmp_path):
    """Version 2 of control groups; files that the system may forget are free."""
    group(tmp_path / "pod", memory__max="3000\n", memory__current="1000\n", memory__stat="anon 1\ninactive_file 500\n")
    group(tmp_path / "pod" / "job", memory__max="max\n", memory__current="700\n")
    own = tmp_path / "cgroup"
    own.write_text("0::/pod/job\n")
    assert _control_groups(tmp_path, own) == [2500]


def test_a_container_of_the_old_interface_counts(tmp_path):
    files = {"memory__limit_in_bytes": "9000", "memory__usage_in_bytes": "2000"}
    group(tmp_path / "memory" / "pod", **files, memory__stat="total_inactive_file 100\n")
    group(tmp_path / "memory", memory__limit_in_bytes="90000", memory__usage_in_bytes="1")
    own = tmp_path / "cgroup"
    own.write_text("5:cpu:/pod\n4:memory:/pod\n0::/\n")
    assert _control_groups(tmp_path, own) == [7100, 89999]


def test_a_container_that_sees_no_more_than_itself_reads_its_root(tmp_path):
    """Inside a container the path of the group may not exist, and the root holds its limit."""
    group(tmp_path, memory__max="3000", memory__current="1000")
    own = tmp_path / "cgroup"
    own.write_text("0::/docker/abc\n")
    assert _control_groups(tmp_path, own) == [2000]


def test_sizes_are_told_with_as_many_digits_as_help():
    assert [words(size) for size in (79.5e9, 1.26e9, 3e6, 12e12, 12)] == [
        "80 GB",
        "1.3 GB",
        "3.0 MB",
        "12 TB",
        "less than 1 MB",
    ]


def without_room() -> None:
    try:
        raise OSError("libx.so: failed to map segment from shared object")
    except OSError as error:
        raise ImportError("Could not find libx.so") from error


def test_a_library_that_finds_no_room_is_memory_that_is_lacking():
    with pytest.raises(ImportError) as caught:
        without_room()
    assert lacking(caught.value)
    assert lacking(RuntimeError("can't start new thread"))
    assert lacking(MemoryError())
    assert not lacking(OSError("No space left on device"))
    assert not lacking(ValueError("failed to map segment"))
