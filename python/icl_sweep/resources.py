"""The report's own files: SQL macros, sections and Vega-Lite specifications, which the command line reads too."""

from __future__ import annotations

import dataclasses
import functools
import importlib.resources
import json
import re
from typing import Any

# A key of a section: a text in three quotes or one, a list of words, or a word.
ENTRY = re.compile(r'(\w+)\s*=\s*(?:"""(.*?)"""|"((?:[^"\\]|\\.)*)"|\[([^\]]*)\]|(\w[\w-]*))[ \t]*(?:\n|\Z)', re.DOTALL)

# The place of a table's name in the statements of a section about any table.
MAIN = "MAIN"


def text(path: str) -> str:
    """The content of a file of the report."""
    file = importlib.resources.files(__package__) / "report"
    for part in path.split("/"):
        file = file / part
    return file.read_text("utf-8")


@dataclasses.dataclass(frozen=True)
class Section:
    """A question of the report, the SQL of its sentence, and the SQL of the rows that are drawn and listed.

    tables: those that it reads
    chart: the Vega-Lite specification without its data, None where nothing is drawn
    label: the chart in words
    """

    id: str
    title: str
    question: str
    tables: tuple[str, ...]
    sentence: str
    rows: str
    chart: dict[str, Any] | None
    label: str
    note: str

    def is_about_any_table(self) -> bool:
        """True if its statements name no table, but MAIN in the place of one."""
        return MAIN in self.tables

    def about(self, table: str) -> Section:
        """The section about one table, where it is about any."""
        return dataclasses.replace(
            self,
            id=self.id if table == "trials" else f"{self.id}-{table.replace('_', '-')}",
            tables=(table,),
            sentence=self.sentence.replace(MAIN, table),
            rows=self.rows.replace(MAIN, table),
        )


@functools.cache
def sections() -> tuple[Section, ...]:
    """All sections of the report, by their ids."""
    folder = importlib.resources.files(__package__) / "report" / "sections"
    return tuple(section(file.name.removesuffix(".conf")) for file in sorted(folder.iterdir(), key=lambda file: file.name))


def section(name: str) -> Section:
    """A section by its id."""
    keys = entries(text(f"sections/{name}.conf"))
    chart = keys.get("chart")
    return Section(
        name,
        str(keys["title"]),
        str(keys["question"]),
        tuple(keys["tables"]),
        str(keys["sentence"]),
        str(keys["rows"]),
        json.loads(text(f"charts/{chart}.json")) if chart else None,
        str(keys.get("label", "")),
        str(keys.get("note", "")),
    )


def entries(content: str) -> dict[str, str | list[str]]:
    """The keys of a section's file, which has texts, words and lists of words alone; anything else is refused."""
    found: dict[str, str | list[str]] = {}
    place = 0
    while content[place:].strip():
        match = ENTRY.match(content, place)
        if match is None:
            raise ValueError(f"section: expected KEY = VALUE, found {content[place:place + 40]!r}")
        key, long, short, words, word = match.groups()
        if words is not None:
            found[key] = [one.strip() for one in words.split(",") if one.strip()]
        elif short is not None:
            found[key] = json.loads(f'"{short}"')
        else:
            found[key] = long if long is not None else word
        place = match.end()
    return found


@functools.cache
def theme() -> dict[str, Any]:
    """The report's Vega-Lite configuration, in the colours of its light page, without heights of bars: altair takes no bands."""
    configuration = coloured(json.loads(text("theme.json")) | {"background": "var(--paper)"})
    return {key: value for key, value in configuration.items() if key != "bar"}


@functools.cache
def colours() -> dict[str, str]:
    """The colours of the light page, by their names."""
    light = text("page.css").split("}", 1)[0]
    return dict(re.findall(r"(--\w+):\s*(#[0-9a-f]+)", light))


def coloured(specification: Any) -> Any:
    """A specification with colours in the place of their names, var(--NAME)."""
    written = json.dumps(specification)
    return json.loads(re.sub(r"var\((--\w+)\)", lambda name: colours()[name[1]], written))
