"""What a command writes and shows: refused before any work where it cannot be written, then written all or none."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from fairaudit.errors import OptionError

if TYPE_CHECKING:
    from fairaudit.data.stored import StoredTable
    from fairaudit.fitting import Fit
    from fairaudit.results import Audit
    from fairaudit.results.explanation import Explanation
    from fairaudit.results.power import Power
    from fairaudit.results.selftest import SelfTest


WRITTEN = {
    "save": (".skops", "a skops file, never a pickle"),
    "save_table": (".parquet", "Parquet"),
}
"""Suffix and form of what is written besides reports and predictions."""


def only_counted(values: dict[str, Any]) -> bool:
    """Whether a score table is all that was asked for, so that nothing is audited."""
    if values["suppress_cells"] and not values["save_table"]:
        raise OptionError("--suppress-cells is about the table that --save-table writes; name it, too")
    return bool(values["save_table"] and values["quiet"] and not values["reports"] and not values["as_json"])


def table_files(table: StoredTable, values: dict[str, Any]) -> dict[str, bytes]:
    """The score table, where it was asked for: path → content."""
    from fairaudit.data.stored import without_small_cells

    if not values["save_table"]:
        return {}
    if values["suppress_cells"]:
        table = without_small_cells(table, values["suppress_cells"])
    return {values["save_table"]: table.to_bytes()}


def check_outputs(source: str, values: dict[str, Any]) -> None:
    """Refuse outputs that cannot be written, or would overwrite the source or each other, before any work."""
    from glob import glob

    from fairaudit.files import check_targets
    from fairaudit.report import check_path

    for path in values["reports"]:
        check_path(path)
    others = [values[name] for name in ("predictions", "save", "save_table", "resume") if values.get(name)]
    check_targets([*values["reports"], *others], dict.fromkeys([source, *glob(source)] if source else [], "the source"))
    for name, (suffix, form) in WRITTEN.items():
        stem, found = os.path.splitext(values.get(name) or suffix)
        if values.get(name) and found.lower() != suffix:
            option = name.replace("_", "-")
            raise OptionError(f"--{option} writes {form}, but '{stem}{found}' is not called so; write {stem}{suffix}")
    if path := values.get("predictions"):
        _check_predictions(path, in_engine=values.get("engine", "pandas") != "pandas" and not values.get("sample"))


def _check_predictions(path: str, in_engine: bool) -> None:
    """Refuse a name of a file of predictions that does not say how it is written."""
    suffixes = (".parquet",) if in_engine else (".csv", ".parquet")
    if not path.lower().endswith(suffixes):
        forms = "Parquet, as the engine writes it" if in_engine else "CSV or Parquet"
        stem = os.path.splitext(path)[0]
        raise OptionError(f"--predictions writes {forms}, but '{path}' is not called so; write {stem}{suffixes[0]}")


def fitted_files(fit: Fit, values: dict[str, Any]) -> dict[str, bytes]:
    """Model and predictions, as far as they were asked for: path → content."""
    files, path = {}, values["predictions"]
    if path and fit.of_lines is None and fit.of_rows is None:  # else they come from the engine
        from fairaudit.fitting.predicting import to_bytes

        files[path] = to_bytes(fit.predictions, path)
    if values["save"]:
        files[values["save"]] = fit.to_bytes()
    return files


def present(
    audit: Audit | Explanation | Power | SelfTest, values: dict[str, Any], others: Mapping[str, bytes] | None = None
) -> None:
    """Write the reports and other files that were asked for, all or none, and show the result."""
    from fairaudit.files import write_all
    from fairaudit.report import content

    files: dict[str | os.PathLike[str], bytes] = {path: content(audit, path) for path in values["reports"]}
    files.update(others or {})
    write_all(files)
    if values["as_json"]:
        click.echo(audit.to_json(), nl=False)
    elif not values["quiet"]:
        from rich.console import Console

        from fairaudit.report.terminal import show

        show(audit, Console(no_color=True if values["no_color"] else None, highlight=False))
        for path in values["reports"]:
            click.echo(f"Report written to {path}")
