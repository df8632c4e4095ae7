"""The tables of a sweep's directory: the rows of committed waves, in DuckDB."""

from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import re
from collections.abc import Iterable

import duckdb

from . import resources

Directory = str | os.PathLike[str]


class SweepError(ValueError):
    """A directory that is no sweep's, has no committed wave, or lacks a committed file."""


@dataclasses.dataclass(frozen=True)
class Sweep:
    """The committed rows of one sweep or of several, as views of a DuckDB session that has icl-sweep's macros.

    directories: as they were given
    tables: names of the views, such as trials
    session: DuckDB's connection; the rows are read from the files at each query
    """

    directories: tuple[pathlib.Path, ...]
    tables: tuple[str, ...]
    session: duckdb.DuckDBPyConnection

    def sql(self, query: str) -> duckdb.DuckDBPyRelation:
        """The answer of a query: .df() for pandas, .pl() for Polars, .to_arrow_table() for Arrow, .fetchall() for tuples."""
        return self.session.sql(query)

    def __getitem__(self, table: str) -> duckdb.DuckDBPyRelation:
        """The rows of a table."""
        if table not in self.tables:
            raise KeyError(f"{table}: expected a table of the sweep, found {', '.join(self.tables)}")
        return self.session.table(table)


def read(directory: Directory, *more: Directory) -> Sweep:
    """The tables of a sweep's DIRECTORY; a table that several directories have is one view of their rows.

    A row counts where the manifest of its wave is there; every file is held against the length in its manifest. A sweep
    may be read while it runs.
    """
    directories = tuple(pathlib.Path(one) for one in (directory, *more))
    files: dict[str, list[pathlib.Path]] = {}
    for one in directories:
        for table, own in committed_files(one).items():
            files.setdefault(table, []).extend(own)
    return Sweep(directories, tuple(sorted(files)), session(files))


def session(files: dict[str, list[pathlib.Path]]) -> duckdb.DuckDBPyConnection:
    """A DuckDB session in memory, with the macros and a view of each table's FILES."""
    connection = duckdb.connect()
    for table, own in sorted(files.items()):
        connection.execute(f'CREATE VIEW "{table}" AS SELECT * FROM {parquet_scan(own)}')
    connection.execute(resources.text("macros.sql"))
    return connection


def parquet_scan(files: Iterable[pathlib.Path]) -> str:
    """DuckDB's table function over FILES by their literal paths: no character of a path is a pattern."""
    literals = [re.sub(r"[*?\[]", r"[\g<0>]", str(file.absolute())).replace("'", "''") for file in files]
    listed = ", ".join(f"'{literal}'" for literal in literals)
    return f"read_parquet([{listed}], hive_partitioning = false, union_by_name = true)"


def committed_files(directory: pathlib.Path) -> dict[str, list[pathlib.Path]]:
    """The files of each table that the manifests of a sweep's DIRECTORY list, in the order of the waves."""
    manifests = sorted((directory / "manifests").glob("*.json"))
    if not manifests:
        raise SweepError(
            f"{directory}: expected manifests/*.json, found none; name the output directory of a sweep that has committed a wave"
        )
    files: dict[str, list[pathlib.Path]] = {}
    for manifest in manifests:
        for table in json.loads(manifest.read_text("utf-8"))["tables"]:
            for listed in table["files"]:
                file = directory / listed["path"]
                require_length(file, listed["bytes"])
                files.setdefault(table["table"], []).append(file)
    return {table: own for table, own in files.items() if own}


def require_length(file: pathlib.Path, expected: int) -> None:
    """Refuses a committed file that is missing or has another length, in bytes."""
    found = f"{file.stat().st_size}" if file.is_file() else "no file"
    if found != f"{expected}":
        raise SweepError(
            f"{file}: expected {expected} bytes, found {found}; run the sweep again: it computes the trials of damaged waves anew"
        )


def identity(directory: pathlib.Path) -> dict[str, str]:
    """The keys of the plan behind the rows; empty without a plan.json."""
    plan = directory / "plan.json"
    return json.loads(plan.read_text("utf-8")).get("identity", {}) if plan.is_file() else {}
