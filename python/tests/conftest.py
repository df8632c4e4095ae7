"""The sample sweeps beside the notebooks, whole and damaged."""

import pathlib
import shutil

import pytest

SAMPLE = pathlib.Path(__file__).resolve().parents[2] / "notebooks" / "sample"


@pytest.fixture
def quickstart() -> pathlib.Path:
    return SAMPLE / "quickstart"


@pytest.fixture
def copy(quickstart: pathlib.Path, tmp_path: pathlib.Path) -> pathlib.Path:
    """A copy whose path has the characters of patterns and of SQL."""
    return pathlib.Path(shutil.copytree(quickstart, tmp_path / "it's [a] sweep?=*"))
