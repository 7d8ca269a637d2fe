"""Parquet files: which files are, their columns as DuckDB is asked for them, and the levels that they declare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fairaudit.data.layouts import unique_names
from fairaudit.data.partitions import File, in_folder
from fairaudit.errors import SourceError

if TYPE_CHECKING:
    import pandas as pd


def all_parquet(files: Sequence[File], source: str) -> bool:
    """Whether the files are Parquet; some of them alone are refused."""
    parquet = [is_parquet(file) for file in files]
    if len(set(parquet)) > 1:
        raise SourceError(f"'{source}' matches CSV and Parquet files; read one kind at a time")
    return parquet[0]


def is_parquet(file: File) -> bool:
    """Whether a file starts as Parquet does; one that is only called so is refused."""
    with file.path.open("rb") as stream:
        magic = stream.read(4)
    if file.suffix == ".parquet" and magic != b"PAR1":
        raise SourceError(f"'{file.name}' is not a Parquet file, though its name says so")
    return magic == b"PAR1"


def parquet_table(files: Sequence[File], paths: str) -> str:
    """The table function that reads Parquet files, their paths being written so in SQL; of parts the last column says
    in which file a row is."""
    named = ", filename=true" if files[0].keys else ""
    return f"read_parquet({paths}, hive_partitioning=false, union_by_name=true{named})"


def parquet_terms(described: Sequence[Sequence[object]], files: Sequence[File]) -> list[str]:
    """The columns of such a table in SQL, called ``c0, c1, …``: those of the files as DuckDB describes them, then those
    in the names of their folders."""
    keys = sorted(files[0].keys)
    own = [plain_column(str(column[0]), str(column[1])) for column in (described[:-1] if keys else described)]
    return [f"{term} AS c{place}" for place, term in enumerate([*own, *map(in_folder, keys)])]


def plain_column(column: str, kind: str) -> str:
    """The column in SQL: a moment with a time zone in UTC, whatever the zone of this machine; lists, tables within a
    cell and bytes as text, which is what can name a group."""
    quoted = '"' + column.replace('"', '""') + '"'
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"make_timestamp(epoch_us({quoted}))"
    if kind == "BLOB" or kind.endswith("]") or kind.startswith(("STRUCT(", "MAP(", "UNION(")):
        return f"CAST({quoted} AS VARCHAR)"
    return quoted


def parquet_names(file: File) -> list[str]:
    """The columns of a Parquet file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        names: list[str] = pq.read_schema(file.path).names
    except (pa.ArrowException, OSError) as error:
        raise unreadable_parquet(file.name, error) from None
    unique_names(names, file.name)
    return names


def with_declared(frame: pd.DataFrame, files: Sequence[File]) -> pd.DataFrame:
    """The table with the levels that its files declare for a column but that no row has, as categories of it."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    declared: dict[str, set[str]] = {}
    for file in files:
        parquet = pq.ParquetFile(file.path)
        named = [field.name for field in parquet.schema_arrow if pa.types.is_dictionary(field.type)]
        for name in (name for name in named if name in frame.columns):
            for batch in parquet.iter_batches(columns=[name]):
                levels = batch.column(0).dictionary.to_pylist()
                declared.setdefault(name, set()).update(level for level in levels if isinstance(level, str))
    for name, levels in declared.items():
        present = set(frame[name].dropna().unique())
        if levels - present and all(isinstance(value, str) for value in present):
            frame[name] = pd.Categorical(frame[name], categories=sorted(levels | present))
    return frame


def unreadable_parquet(name: str, error: Exception) -> SourceError:
    """The error of a reader of Parquet in the words of a user who looks at the file."""
    reason = (str(error).strip() or type(error).__name__).splitlines()[0].rstrip(".")
    return SourceError(f"'{name}' cannot be read as Parquet: {reason}; write it again")
