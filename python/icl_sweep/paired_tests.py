"""Bootstrap intervals and tests of paired results, the same numbers as those of `icl-sweep compare`."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

RESAMPLES = 2000
FLIPS = 9999
SEED = 7
# Draws that are held in memory at once.
BLOCK = 1 << 22


class SplitMix:
    """Java's SplittableRandom (Steele, Lea and Flood 2014), in blocks of draws."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def ints(self, count: int) -> np.ndarray:
        """The next COUNT draws of 32 bits, signed, as nextInt gives them one by one."""
        steps = np.arange(1, count + 1, dtype=np.uint64)
        with np.errstate(over="ignore"):
            z = np.uint64(self.state) + steps * np.uint64(0x9E3779B97F4A7C15)
            z = (z ^ (z >> np.uint64(33))) * np.uint64(0x62A9D9ED799705F5)
            z = (z ^ (z >> np.uint64(28))) * np.uint64(0xCB24D0A5C88C35B3)
        self.state = (self.state + count * 0x9E3779B97F4A7C15) % (1 << 64)
        return (z >> np.uint64(32)).astype(np.uint32).view(np.int32)

    def below(self, bound: int, count: int) -> np.ndarray:
        """The next COUNT draws from 0 to before BOUND, as nextInt(bound) gives them; those that would favour some are rejected."""
        if bound & (bound - 1) == 0:
            return self.ints(count).astype(np.int64) & (bound - 1)
        accepted = [np.empty(0, np.int64)]
        missing = count
        while missing:
            draws = self.ints(missing).view(np.uint32).astype(np.int64) >> 1
            rests = draws % bound
            accepted.append(rests[draws + (bound - 1) - rests < 1 << 31])
            missing -= len(accepted[-1])
        return np.concatenate(accepted)


def bootstrap(differences: Sequence[float], seed: int = SEED) -> tuple[float, float]:
    """The percentile bootstrap of a mean (Efron 1979): the 2.5 % and 97.5 % quantiles of 2,000 resampled means."""
    values = np.asarray(differences, dtype=np.float64)
    random = SplitMix(seed)
    means = []
    for rows in blocks(RESAMPLES, len(values)):
        draws = random.below(len(values), rows * len(values)).reshape(rows, -1)
        means.append(sums(values[draws]) / len(values))
    ordered = np.sort(np.concatenate(means))
    return quantile(ordered, 0.025), quantile(ordered, 1 - 0.025)


def quantile(ordered: np.ndarray, share: float) -> float:
    """The quantile between the two values that are next to its place."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return float(ordered[below] + (place - below) * (ordered[above] - ordered[below]))


def sign_flips(differences: Sequence[float], seed: int = SEED) -> float:
    """The randomisation test of a mean difference: without an effect, each difference has either sign equally often."""
    values = np.asarray(differences, dtype=np.float64)
    observed = abs(math.fsum(values)) - 1e-12 * math.fsum(abs(values))
    random = SplitMix(seed)
    as_large = 1
    for rows in blocks(FLIPS, len(values)):
        positive = random.ints(rows * len(values)).reshape(rows, -1) < 0
        as_large += int((abs(sums(np.where(positive, values, -values))) >= observed).sum())
    return as_large / (FLIPS + 1)


def blocks(rows: int, width: int) -> list[int]:
    """ROWS in parts of at most BLOCK values."""
    most = max(1, BLOCK // width)
    return [min(most, rows - first) for first in range(0, rows, most)]


def sums(rows: np.ndarray) -> np.ndarray:
    """The sums of ROWS, each from its first value to its last: the order of additions is part of the number."""
    total = np.zeros(rows.shape[0])
    for column in rows.T:
        total += column
    return total


def mcnemar(only_a: int, only_b: int) -> float:
    """McNemar's exact test: of the answers that one side alone has right, either side is as likely to be that one."""
    both, fewer = only_a + only_b, min(only_a, only_b)
    total, term = 0.0, 1.0
    for k in range(fewer, -1, -1):
        if term <= 1e-17 * total:
            break
        total += term
        term *= k / (both - k + 1)
    first = math.lgamma(both + 1) - math.lgamma(fewer + 1) - math.lgamma(both - fewer + 1) - both * math.log(2)
    return min(1.0, 2 * total * math.exp(first))


def holm(values: Sequence[float]) -> list[float]:
    """Holm's correction (1979): the VALUES in their order, each for the whole of them."""
    corrected = [0.0] * len(values)
    most = 0.0
    for rank, place in enumerate(sorted(range(len(values)), key=lambda i: values[i])):
        most = max(most, min(1.0, values[place] * (len(values) - rank)))
        corrected[place] = most
    return corrected
