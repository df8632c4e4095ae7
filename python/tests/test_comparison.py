"""Two sweeps compared; the command line's numbers are held against these in PythonPackageTest."""

import icl_sweep
import numpy as np
import pytest
from icl_sweep import paired_tests


def test_a_sweep_does_not_differ_from_itself(quickstart):
    comparison = icl_sweep.compare(quickstart, quickstart)
    assert comparison.all.difference == comparison.all.low == comparison.all.high == 0
    assert {cell.p_holm for cell in comparison.cells} == {1.0}
    assert comparison.plan == {} and comparison.only_a == comparison.only_b == 0


def test_a_column_with_one_value_on_each_side_is_compared(quickstart):
    comparison = icl_sweep.compare(quickstart, quickstart, where_a="dtype = 'float32'", where_b="dtype = 'float64'")
    assert comparison.compared == {"dtype": ["float32", "float64"]}
    assert comparison.document()["cells"][0].keys() >= {"model", "sets", "difference", "low", "high", "p", "p_holm"}


def test_sweeps_without_common_sets_are_refused(quickstart):
    with pytest.raises(icl_sweep.IncomparableError, match="expected demonstration sets that both sweeps have"):
        icl_sweep.compare(quickstart, quickstart, where_a="shots = 1", where_b="shots = 4")
    with pytest.raises(icl_sweep.SweepError, match="expected the table trials"):
        icl_sweep.compare(quickstart, quickstart.parent / "influence")


def test_mcnemar_is_the_binomial_test():
    assert paired_tests.mcnemar(0, 0) == 1
    assert paired_tests.mcnemar(1, 9) == pytest.approx(2 * 11 / 1024)
    assert 0 < paired_tests.mcnemar(0, 500) < 1e-149


def test_holm_multiplies_by_the_number_of_those_left():
    assert paired_tests.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])


def test_an_effect_in_every_set_has_the_smallest_p_and_one_of_either_sign_a_large_one():
    assert paired_tests.sign_flips([0.25] * 40) == 1e-4
    assert paired_tests.sign_flips([0.25, -0.25] * 20) == 1


def test_draws_in_blocks_are_the_draws_one_by_one():
    whole, parts = paired_tests.SplitMix(7), paired_tests.SplitMix(7)
    assert np.array_equal(whole.below(10, 1000), np.concatenate([parts.below(10, 1) for _ in range(1000)]))


def test_draws_are_those_of_java():
    """new SplittableRandom(7) with nextInt(), and with nextInt(2^30 + 1), which rejects almost half of its draws."""
    assert paired_tests.SplitMix(7).ints(3).tolist() == [-1629577904, 699215106, 1568770107]
    rejecting = [349607553, 784385053, 493486521, 527000107, 884477684, 356735844]
    assert paired_tests.SplitMix(7).below((1 << 30) + 1, 6).tolist() == rejecting
