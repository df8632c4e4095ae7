"""Two sweeps, paired by demonstration set, and by query where both kept predictions: `icl-sweep compare` in Python."""

from __future__ import annotations

import dataclasses
import math
import pathlib
from typing import Any, Literal

import duckdb

from .paired_tests import bootstrap, holm, mcnemar, sign_flips
from .sweep import Directory, SweepError, committed_files, identity, session

Cell = tuple[Any, ...]
# A set's task and key, its values in A and in B, and the largest logit errors there, None where they were not measured.
Pair = tuple[str, float, float, float | None, float | None]


class IncomparableError(ValueError):
    """Two sweeps without pairs."""


@dataclasses.dataclass(frozen=True)
class Answers:
    """The answers to queries that both sweeps have.

    only_a, only_b: right in one sweep alone
    changed: answers that differ, right or not
    """

    pairs: int
    only_a: int
    only_b: int
    changed: int


@dataclasses.dataclass(frozen=True)
class ComparedCell:
    """The comparison of one cell.

    key: the cell's columns with their values
    sets: number of demonstration sets that both sweeps have
    a, b: means over these sets
    low, high: the 95 % bootstrap interval over sets of the mean of b - a
    error_a, error_b: largest logit errors, None where they were not measured
    answers: None where predictions were not kept on both sides
    p: of McNemar's test, or of sign flips over sets
    p_holm: p corrected for the number of cells
    """

    key: dict[str, Any]
    sets: int
    a: float
    b: float
    low: float
    high: float
    error_a: float | None
    error_b: float | None
    answers: Answers | None
    p: float
    p_holm: float

    @property
    def difference(self) -> float:
        """The mean difference b - a."""
        return self.b - self.a

    def row(self) -> dict[str, Any]:
        """The cell as one row, with the names of `icl-sweep compare --json`."""
        row = dict(self.key) | {"sets": self.sets, "a": self.a, "b": self.b, "difference": self.difference}
        row |= {"low": self.low, "high": self.high}
        if self.answers is not None:
            row |= {"answers": self.answers.pairs, "only_a_right": self.answers.only_a}
            row |= {"only_b_right": self.answers.only_b, "changed_answers": self.answers.changed}
        if self.error_a is not None and self.error_b is not None:
            row |= {"max_logit_error_a": self.error_a, "max_logit_error_b": self.error_b}
        return row | {"p": self.p, "p_holm": self.p_holm}


@dataclasses.dataclass(frozen=True)
class Comparison:
    """The differences of two sweeps.

    measure: the column that is compared, such as converted_accuracy
    compared: the columns that are compared, with the value of A and that of B
    by_query: True if answers are paired, False if sets alone are
    all: each set once, with its means over the cells; its p is not corrected
    only_a, only_b: number of sets that one sweep alone has, over all cells
    plan: the keys of the plans that differ, with the value of A and that of B
    """

    measure: str
    compared: dict[str, list[str]]
    by_query: bool
    cells: list[ComparedCell]
    all: ComparedCell
    only_a: int
    only_b: int
    plan: dict[str, list[str]]

    def document(self) -> dict[str, Any]:
        """The document of `icl-sweep compare --json`."""
        return {
            "measure": self.measure,
            "compared": self.compared,
            "paired_by": ["demonstration_set", "query"] if self.by_query else ["demonstration_set"],
            "sets_of_a_alone": self.only_a,
            "sets_of_b_alone": self.only_b,
            "all": self.all.row(),
            "cells": [cell.row() for cell in self.cells],
            "plan_differences": self.plan,
        }


def compare(
    a: Directory,
    b: Directory,
    run: Literal["converted", "prompted", "zero_shot"] = "converted",
    where_a: str = "true",
    where_b: str = "true",
) -> Comparison:
    """The trials of the conversion sweeps in A and B, paired: the numbers of `icl-sweep compare A B`.

    run: the way to run a query
    where_a, where_b: conditions in SQL for the trials of each side
    """
    first, second = pathlib.Path(a), pathlib.Path(b)
    duck = session({"every_trial_a": trials(first), "every_trial_b": trials(second)})
    duck.execute(f"CREATE VIEW trials_a AS FROM every_trial_a WHERE ({where_a})")
    duck.execute(f"CREATE VIEW trials_b AS FROM every_trial_b WHERE ({where_b})")
    columns, compared = pairing(duck)
    by = ", ".join(columns)
    measure = measure_of(duck, run)
    pairs = duck.sql(
        f"SELECT {by}, concat(task, ' ', demonstration_set), a.{measure}, b.{measure}, a.max_abs_logit_error, b.max_abs_logit_error"
        f" FROM {joined(by, measure)} ORDER BY {by}, demonstration_set"
    ).fetchall()
    if not pairs:
        raise IncomparableError(
            f"{first}, {second}: expected demonstration sets that both sweeps have with {measure}, found none; two sweeps"
            " share their sets where tasks, seed, sampling and shots are the same"
        )
    grouped: dict[Cell, list[Pair]] = {}
    for row in pairs:
        grouped.setdefault(row[:-5], []).append(row[-5:])
    answers = paired_answers(duck, by, len(columns), run) if measure.endswith("_accuracy") else {}
    by_query = grouped.keys() <= answers.keys()
    cells = [
        cell(dict(zip(columns, key, strict=True)), own, answers[key] if by_query else None) for key, own in grouped.items()
    ]
    corrected = holm([one.p for one in cells])
    every = Answers(*(sum(counts) for counts in zip(*(dataclasses.astuple(one.answers) for one in cells if one.answers)))) \
        if by_query else None
    return Comparison(
        measure,
        compared,
        by_query,
        [dataclasses.replace(one, p_holm=p) for one, p in zip(cells, corrected, strict=True)],
        cell({}, by_set([pair for own in grouped.values() for pair in own]), every),
        unpaired(duck, by, measure, "a", "b"),
        unpaired(duck, by, measure, "b", "a"),
        plan_differences(identity(first), identity(second)),
    )


def trials(directory: pathlib.Path) -> list[pathlib.Path]:
    """The committed files of the table trials."""
    files = committed_files(directory)
    if "trials" not in files:
        raise SweepError(
            f"{directory}: expected the table trials of a sweep of kind conversion, found {', '.join(sorted(files))};"
            " compare reads that table alone"
        )
    return files["trials"]


def pairing(duck: duckdb.DuckDBPyConnection) -> tuple[list[str], dict[str, list[str]]]:
    """The columns of a cell, and those of which each sweep has a single value, another one, which are compared."""
    columns, compared = [], {}
    for column in ("model", "dtype", "method"):
        values = [
            sorted(str(row[0]) for row in duck.sql(f"SELECT DISTINCT {column} FROM per_set('trials_{side}')").fetchall())
            for side in "ab"
        ]
        if set(values[0]) & set(values[1]):
            columns.append(column)
        elif len(values[0]) == len(values[1]) == 1:
            compared[column] = [values[0][0], values[1][0]]
        else:
            raise IncomparableError(
                f"{column}: expected a common value, or one on each side, found {values[0]} in A and {values[1]} in B;"
                " choose with where_a and where_b"
            )
    versions = [
        ", ".join(str(row[0]) for row in duck.sql(f"SELECT DISTINCT run.code_version FROM trials_{side} ORDER BY ALL").fetchall())
        for side in "ab"
    ]
    if versions[0] != versions[1]:
        compared["code_version"] = versions
    return [*columns, "task", "label_mode", "shots"], compared


def measure_of(duck: duckdb.DuckDBPyConnection, run: str) -> str:
    """The accuracy, or the squared error where A has no accuracy."""
    found = duck.sql(f"SELECT 1 FROM per_set('trials_a') WHERE {run}_accuracy IS NOT NULL LIMIT 1").fetchall()
    return run + ("_accuracy" if found else "_mse")


def joined(by: str, measure: str, kind: str = "", a: str = "a", b: str = "b") -> str:
    """The sets of two sides that have the measure, joined."""
    return (
        f"(SELECT * FROM per_set('trials_{a}') WHERE {measure} IS NOT NULL) AS a {kind} JOIN"
        f" (SELECT * FROM per_set('trials_{b}') WHERE {measure} IS NOT NULL) AS b"
        f" USING ({by}, demonstration_set, demonstration_set_id)"
    )


def unpaired(duck: duckdb.DuckDBPyConnection, by: str, measure: str, side: str, other: str) -> int:
    """The number of sets that one side alone has."""
    return int(duck.sql(f"SELECT count(*) FROM {joined(by, measure, 'ANTI', side, other)}").fetchall()[0][0])


def paired_answers(duck: duckdb.DuckDBPyConnection, by: str, width: int, run: str) -> dict[Cell, Answers]:
    """The paired answers of each cell."""
    rows = duck.sql(
        f"""SELECT {by}, count(*),
                   count(*) FILTER (a.answer.{run} = a.answer.gold AND b.answer.{run} <> b.answer.gold),
                   count(*) FILTER (b.answer.{run} = b.answer.gold AND a.answer.{run} <> a.answer.gold),
                   count(*) FILTER (a.answer.{run} <> b.answer.{run})
            FROM answers('trials_a') AS a JOIN answers('trials_b') AS b
            USING ({by}, demonstration_set, demonstration_set_id, order_id, query_id)
            WHERE a.answer.gold = b.answer.gold GROUP BY {by}"""
    ).fetchall()
    return {row[:width]: Answers(*row[width:]) for row in rows}


def by_set(pairs: list[Pair]) -> list[Pair]:
    """Each set once, with its means over the cells that have it: the cells of nested sets are not independent."""
    sets: dict[str, list[Pair]] = {}
    for pair in pairs:
        sets.setdefault(pair[0], []).append(pair)
    return [(name, *means(own), *errors(own)) for name, own in sets.items()]


def means(pairs: list[Pair]) -> tuple[float, float]:
    """The means of A and of B."""
    return mean([pair[1] for pair in pairs]), mean([pair[2] for pair in pairs])


def errors(pairs: list[Pair]) -> tuple[float | None, float | None]:
    """The largest logit errors of A and of B."""
    return largest([pair[3] for pair in pairs]), largest([pair[4] for pair in pairs])


def largest(values: list[float | None]) -> float | None:
    """The largest of those that were measured."""
    return max((value for value in values if value is not None), default=None)


def cell(key: dict[str, Any], pairs: list[Pair], answers: Answers | None) -> ComparedCell:
    """The comparison of one cell, whose p is not corrected."""
    differences = [pair[2] - pair[1] for pair in pairs]
    p = sign_flips(differences) if answers is None else mcnemar(answers.only_a, answers.only_b)
    return ComparedCell(key, len(pairs), *means(pairs), *bootstrap(differences), *errors(pairs), answers, p, p)


def mean(values: list[float]) -> float:
    """The mean, with a sum that is rounded once."""
    return math.fsum(values) / len(values)


def plan_differences(a: dict[str, str], b: dict[str, str]) -> dict[str, list[str]]:
    """The keys of two plans that differ, with both values."""
    both = {key: [a.get(key, "nothing"), b.get(key, "nothing")] for key in sorted({*a, *b})}
    return {key: values for key, values in both.items() if values[0] != values[1]}
