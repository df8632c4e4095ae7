"""The report in Python: its sentences, and its charts with the rows of a sweep."""

from __future__ import annotations

import dataclasses
from typing import Any

import duckdb

from . import resources
from .sweep import Directory, Sweep, read


@dataclasses.dataclass(frozen=True)
class Plot:
    """A chart of the report with its data.

    sentence: the answer in words, with its number; empty where there is none
    label: the chart in words
    specification: Vega-Lite with the rows inline
    """

    id: str
    title: str
    question: str
    sentence: str
    label: str
    specification: dict[str, Any]

    def chart(self) -> Any:
        """The chart as an altair object."""
        import altair

        return altair.Chart.from_dict(self.specification)

    def png(self, scale: float = 2) -> bytes:
        """The chart as a PNG picture, by vl-convert."""
        import vl_convert

        return vl_convert.vegalite_to_png(self.specification, scale=scale)


def summary(sweep: Sweep | Directory) -> dict[str, str]:
    """The report's sentences by their sections' titles: one for each question that the SWEEP, or its directory, answers."""
    opened = opened_sweep(sweep)
    answers = {section.title: sentence(opened, section) for section in answerable(opened)}
    return {title: answer for title, answer in answers.items() if answer}


def plots(sweep: Sweep | Directory) -> dict[str, Plot]:
    """The report's charts by their sections' ids; one without its table, or without rows, is left out."""
    opened = opened_sweep(sweep)
    drawn = {}
    for section in answerable(opened):
        if section.chart is None:
            continue
        rows = records(opened.sql(section.rows))
        if rows:
            specification = resources.coloured(section.chart) | {"data": {"values": rows}, "config": resources.theme()}
            if section.label:
                specification["description"] = section.label
            drawn[section.id] = Plot(
                section.id, section.title, section.question, sentence(opened, section), section.label, specification
            )
    return drawn


def opened_sweep(sweep: Sweep | Directory) -> Sweep:
    """The sweep itself, or that of a directory."""
    return sweep if isinstance(sweep, Sweep) else read(sweep)


def answerable(sweep: Sweep) -> list[resources.Section]:
    """The sections whose tables and columns the SWEEP has: another version, or another kind of sweep, may lack some."""
    found = []
    for section in resources.sections():
        variants = [section.about(table) for table in sweep.tables] if section.is_about_any_table() else [section]
        for variant in variants:
            if set(variant.tables) <= set(sweep.tables) and is_answerable(sweep, variant):
                found.append(variant)
    return found


def is_answerable(sweep: Sweep, section: resources.Section) -> bool:
    """True if the tables have the columns that a section reads."""
    try:
        sweep.sql(section.rows)
        sweep.sql(section.sentence)
    except duckdb.BinderException as error:
        if "not found" in str(error) or "Could not find key" in str(error):
            return False
        raise
    return True


def sentence(sweep: Sweep, section: resources.Section) -> str:
    """The section's answer in words; empty where there is none."""
    rows = sweep.sql(section.sentence).fetchall()
    return "" if not rows or rows[0][0] is None else str(rows[0][0])


def records(relation: duckdb.DuckDBPyRelation) -> list[dict[str, Any]]:
    """The rows of an answer by columns; the values are numbers, texts, truth values or None, as JSON has them."""
    return [
        {column: plain(value) for column, value in zip(relation.columns, row, strict=True)} for row in relation.fetchall()
    ]


def plain(value: Any) -> Any:
    """A value as JSON has it; what is not finite is None."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    return value if value is None or isinstance(value, bool | int) else str(value)
