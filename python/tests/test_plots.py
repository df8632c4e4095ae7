"""The report's sentences and charts."""

import json

import icl_sweep
import pytest


def test_the_summary_has_the_numbers_of_the_macros(quickstart):
    summary = icl_sweep.summary(quickstart)
    trials, worst = icl_sweep.read(quickstart).sql("SELECT sum(trials)::BIGINT, max(max_abs_logit_error) FROM cells()").fetchall()[0]
    assert f"{trials:,} conversions" in summary["Exactness"]
    assert f"{worst:.1e}" in summary["Exactness"]
    assert "Accuracy by number of demonstrations" in summary


def test_a_chart_has_the_rows_of_its_section_and_colours_of_its_own(quickstart):
    plots = icl_sweep.plots(quickstart)
    assert {"exactness", "errors-by-length", "accuracy", "time"} <= plots.keys()
    exactness = plots["exactness"]
    sweep = icl_sweep.read(quickstart)
    cells = sweep.sql("SELECT count(*) FROM cells() WHERE max_abs_logit_error IS NOT NULL").fetchall()[0][0]
    assert len(exactness.specification["data"]["values"]) == cells
    assert "var(--" not in json.dumps(exactness.specification)
    assert exactness.sentence == icl_sweep.summary(sweep)["Exactness"]


def test_a_sweep_of_another_kind_has_no_charts_of_trials(quickstart):
    assert "exactness" not in icl_sweep.plots(quickstart.parent / "influence")


def test_a_chart_becomes_a_picture(quickstart):
    pytest.importorskip("vl_convert")
    picture = icl_sweep.plots(quickstart)["accuracy"].png(scale=1)
    assert picture.startswith(b"\x89PNG") and len(picture) > 5000


def test_a_chart_becomes_one_of_altair(quickstart):
    altair = pytest.importorskip("altair")
    chart = icl_sweep.plots(quickstart)["exactness"].chart()
    assert isinstance(chart, altair.TopLevelMixin)
    assert chart.to_dict()["mark"]["type"] == "point"
