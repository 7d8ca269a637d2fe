"""Layouts of text files: separator, header and line ends."""

from __future__ import annotations

import pytest
from written import gzipped, rows, write

from fairaudit.data.sources import read
from fairaudit.errors import SourceError


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("comma.csv", "a,b\n1,x\n2,y\n", [["a", "b"], [1, "x"], [2, "y"]]),
        ("semicolon.csv", "a;b\n1,5;x\n2,5;y\n", [["a", "b"], ["1,5", "x"], ["2,5", "y"]]),
        ("tab.tsv", "a,x\tb\n1\t2\n", [["a,x", "b"], [1, 2]]),
        ("pipe.txt", "a|b\n1|2\n", [["a", "b"], [1, 2]]),
        ("pipes in names.csv", "a|b,c d\n1,2\n", [["a|b", "c d"], [1, 2]]),
        ("bom and crlf.csv", b"\xef\xbb\xbfa,b\r\n1,x\r\n", [["a", "b"], [1, "x"]]),
        ("old mac.csv", "a,b\r1,x\r2,y\r", [["a", "b"], [1, "x"], [2, "y"]]),
        ("no last newline.csv", "a,b\n1,x", [["a", "b"], [1, "x"]]),
        ("quoted newline.csv", 'a,b\n1,"x\ny"\n2,z\n', [["a", "b"], [1, "x\ny"], [2, "z"]]),
        ("quoted quotes.csv", 'a,b\n1,"x, ""y"""\n', [["a", "b"], [1, 'x, "y"']]),
        ("quoted header.csv", '"a\nb","c,d"\n1,2\n', [["a\nb", "c,d"], [1, 2]]),
        ("one column.csv", "y\n1\n0\n", [["y"], [1], [0]]),
        ("one text column.csv", 'name\n"Doe, J"\nRoe\n', [["name"], ["Doe, J"], ["Roe"]]),
        ("case.csv", "a,A\n1,2\n", [["a", "A"], [1, 2]]),
        ("unnamed.csv", ",a\n0,5\n", [["column1", "a"], [0, 5]]),
        ("blanks.csv", "a, b\n1, 2\n", [["a", "b"], [1, 2]]),
        ("blank lines.csv", "a,b\n1,2\n\n3,4\n\n", [["a", "b"], [1, 2], [3, 4]]),
        ("text only.csv", "g,h\na,b\nc,d\n", [["g", "h"], ["a", "b"], ["c", "d"]]),
        ("UPPER.CSV", "a,b\n1,2\n", [["a", "b"], [1, 2]]),
        ("zipped.csv.gz", gzipped(b"a,b\n1,2\n"), [["a", "b"], [1, 2]]),
        ("two members.tsv.gz", gzipped(b"a\tb\n1\t2\n") + gzipped(b"3\t4\n"), [["a", "b"], [1, 2], [3, 4]]),
        ("zipped without suffix.csv", gzipped(b"a,b\n1,2\n"), [["a", "b"], [1, 2]]),
    ],
)
def test_a_table_of_any_usual_layout_is_read(folder, name, content, expected):
    assert rows(write(name, content)) == expected


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_a_zero_byte_is_refused_with_its_line(tmp_path, name):
    text = b"a,b\n1,x\n2,y\0z\n3,\0\n"
    (tmp_path / name).write_bytes(gzipped(text) if name.endswith("gz") else text)
    with pytest.raises(SourceError, match=f"{name}' has a zero byte in line 3"):
        read(str(tmp_path / name))


BREAKS = {"line feed": b"\n", "return": b"\r", "both": b"\r\n"}


@pytest.mark.parametrize("inside", BREAKS.values(), ids=BREAKS)
@pytest.mark.parametrize("end", [b"\n", b"\r"], ids=["lines end in a line feed", "lines end in a return"])
def test_a_name_with_a_line_break_unlike_the_ends_of_lines_is_read(tmp_path, inside, end):
    path = tmp_path / "t.csv"
    path.write_bytes(end.join([b'"first' + inside + b'second","b ""quoted"""', b"1,2", b'"3",4', b""]))
    frame = read(str(path)).frame
    assert list(frame.columns) == [f"first{inside.decode()}second", 'b "quoted"']
    assert frame.to_numpy().tolist() == [[1, 2], [3, 4]]


def test_a_name_with_a_line_break_that_the_parser_cannot_be_told_of_is_refused_for_what_it_is(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes(b'"first\nsecond",b\r\n1,2\r\n')
    with pytest.raises(SourceError, match=r"a column name in '.*t.csv' holds a line break of another kind"):
        read(str(path))


def test_files_of_unlike_line_ends_are_one_table(tmp_path):
    for name, end in (("a", b"\n"), ("b", b"\r")):
        (tmp_path / f"{name}.csv").write_bytes(end.join([b'"x\r\nx",y', b"1,2", b""]))
    assert read(str(tmp_path / "*.csv")).frame.to_numpy().tolist() == [[1, 2], [1, 2]]
