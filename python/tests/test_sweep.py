"""The rows of a sweep's directory."""

import json
import pathlib
import shutil
import subprocess
import sys

import icl_sweep
import pytest


def rows_of_manifests(directory: pathlib.Path) -> int:
    manifests = [json.loads(file.read_text()) for file in (directory / "manifests").glob("*.json")]
    return sum(table["rows"] for manifest in manifests for table in manifest["tables"])


def count(directory: pathlib.Path) -> int:
    return icl_sweep.read(directory)["trials"].count("*").fetchall()[0][0]


def test_the_rows_are_those_of_the_files_that_manifests_list(copy):
    wave = sorted((copy / "trials").glob("wave=*"))[0]
    shutil.copy(next(wave.glob("*.parquet")), wave / "beside.parquet")
    shutil.copytree(wave, copy / "trials" / "wave=999999")
    assert count(copy) == rows_of_manifests(copy) > 0


def test_a_wave_without_its_manifest_is_not_there(copy):
    before = count(copy)
    manifest = sorted((copy / "manifests").glob("*.json"))[-1]
    rows = sum(table["rows"] for table in json.loads(manifest.read_text())["tables"])
    manifest.unlink()
    assert count(copy) == before - rows < before


def test_a_shortened_file_is_refused_by_its_name(copy):
    file = next(copy.glob("trials/wave=*/*.parquet"))
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(icl_sweep.SweepError, match="expected .* bytes, found") as refused:
        icl_sweep.read(copy)
    assert file.name in str(refused.value)


def test_a_missing_file_and_another_directory_are_refused(copy, tmp_path):
    next(copy.glob("trials/wave=*/*.parquet")).unlink()
    with pytest.raises(icl_sweep.SweepError, match="found no file"):
        icl_sweep.read(copy)
    with pytest.raises(icl_sweep.SweepError, match="expected manifests"):
        icl_sweep.read(tmp_path / "nowhere")


def test_several_sweeps_are_one_view(quickstart, copy):
    assert icl_sweep.read(quickstart, copy)["trials"].count("*").fetchall()[0][0] == 2 * count(quickstart)


def test_a_table_that_is_not_there_is_refused_by_its_name(quickstart):
    with pytest.raises(KeyError, match="influence: expected a table of the sweep, found trials"):
        icl_sweep.read(quickstart)["influence"]


@pytest.mark.parametrize("module, method", [("pandas", "df"), ("polars", "pl"), ("pyarrow", "to_arrow_table")])
def test_an_answer_goes_to_other_libraries(quickstart, module, method):
    pytest.importorskip(module)
    cells = icl_sweep.read(quickstart).sql("FROM cells()")
    assert len(getattr(cells, method)()) == len(cells.fetchall()) > 0


def test_a_sweep_is_read_without_torch(quickstart):
    program = f"import icl_sweep, sys; icl_sweep.summary({str(quickstart)!r}); assert not {{'torch', 'altair'}} & set(sys.modules)"
    here = pathlib.Path(icl_sweep.__file__).parents[1]
    subprocess.run([sys.executable, "-c", program], check=True, cwd=here)
