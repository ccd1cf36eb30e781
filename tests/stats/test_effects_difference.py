"""Weighted displacement difference: published results, arithmetic by hand, properties, refusals."""

import csv
import json
import math

import numpy as np
import pytest
from tests.shared import BENCH, SHARED, needs_shared

from forestall.errors import ForestallError
from forestall.stats.effects import (
    displacement_quotient,
    harm_weighted_difference,
    ratio_of_changes,
    weighted_displacement_difference,
)
from forestall.stats.two_counts import conditional_test, e_test


def test_by_hand() -> None:
    """250 to 160 (-90), 245 to 225 (-20), 120 to 130 (+10), 118 to 120 (+2): -90 + 20 + 10 - 2 = -62."""
    d = weighted_displacement_difference((250, 160), (245, 225), (120, 130), (118, 120))
    assert d.estimate == -62
    assert d.local == -70
    assert d.displaced == 8
    assert d.standard_error == pytest.approx(math.sqrt(250 + 160 + 245 + 225 + 120 + 130 + 118 + 120))
    assert d.z == pytest.approx(-1.676, abs=1e-3)
    assert d.p == pytest.approx(0.0937, abs=1e-4)
    assert "no evidence of change" in d.sentence()


@needs_shared
def test_every_published_example() -> None:
    rows = list(csv.DictReader((SHARED / "evaluation/wdd/wdd-worked-examples.csv").open()))
    assert len(rows) == 6
    for row in rows:
        f = {k: float(v) for k, v in row.items() if k not in ("example", "source") and v}
        d = weighted_displacement_difference(
            (f["treated_pre"], f["treated_post"]),
            (f["control_pre"], f["control_post"]),
            (f["disp_treated_pre"], f["disp_treated_post"]),
            (f["disp_control_pre"], f["disp_control_post"]),
            time_weights=(f["time_weight_pre"], f["time_weight_post"]),
            area_weights=(
                f["area_weight_treated"],
                f["area_weight_control"],
                f["area_weight_disp_treated"],
                f["area_weight_disp_control"],
            ),
            level=1 - f["alpha"],
        )
        assert d.estimate == pytest.approx(f["published_estimate"], abs=1e-9), row["example"]
        assert d.standard_error == pytest.approx(f["published_se"], abs=0.06), row["example"]
        places = 1e-5 if row["example"] == "ptools-readme" else 0.6
        assert d.interval == pytest.approx((f["published_low_ci"], f["published_high_ci"]), abs=places)
        if "published_z" in f:
            assert d.z == pytest.approx(f["published_z"], abs=0.005)


@needs_shared
def test_reference_parts_of_the_harm_example() -> None:
    reference = json.loads((BENCH / "reference/t6_wdd_etest.json").read_text())["ptools_2.0.0"][
        "wdd_harm_toy"
    ]
    parts = []
    for est, se in zip(reference["est"], reference["se"], strict=True):
        base = weighted_displacement_difference((100, 100), (100, 100))
        parts.append(base.__class__(**{**base.__dict__, "estimate": est, "local": est, "standard_error": se}))
    out = harm_weighted_difference(parts, reference["w"], level=0.90)
    assert out.estimate == reference["out"]["HarmEst"]
    assert out.standard_error == pytest.approx(reference["out"]["SE_HarmEst"])
    assert out.interval == pytest.approx((reference["out"]["LowCI"], reference["out"]["HighCI"]))


def test_harm_leaves_out_what_has_no_weight_and_says_so() -> None:
    a = weighted_displacement_difference((50, 30), (50, 50))
    b = weighted_displacement_difference((20, 10), (20, 20))
    whole = harm_weighted_difference([a, b], [10, None])
    assert whole.estimate == -200
    assert whole.standard_error == pytest.approx(10 * math.sqrt(180))
    assert "left out, not counted as zero" in whole.caveats[-1]
    with pytest.raises(ForestallError, match="No crime type has a harm weight"):
        harm_weighted_difference([a, b], [None, None])


def test_properties() -> None:
    base = weighted_displacement_difference((130, 74), (133, 91))
    # Swapping treated and comparison turns the sign and nothing else.
    swapped = weighted_displacement_difference((133, 91), (130, 74))
    assert swapped.estimate == -base.estimate
    assert swapped.standard_error == base.standard_error
    # Weights of two on all times halve everything; z stays.
    halved = weighted_displacement_difference((130, 74), (133, 91), time_weights=(2, 2))
    assert halved.estimate == base.estimate / 2
    assert halved.z == pytest.approx(base.z)
    # A buffer in which nothing happened adds nothing.
    empty = weighted_displacement_difference((130, 74), (133, 91), (0, 0), (0, 0))
    assert (empty.estimate, empty.standard_error) == (base.estimate, base.standard_error)
    wide = weighted_displacement_difference((130, 74), (133, 91), dispersion=4)
    assert wide.standard_error == pytest.approx(2 * base.standard_error)
    nothing = weighted_displacement_difference((0, 0), (0, 0))
    assert (nothing.estimate, nothing.p) == (0, 1)
    assert nothing.caveats


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"treated": (1, 2, 3), "comparison": (1, 2)}, "treated area has 3 counts"),
        ({"treated": (-1, 2), "comparison": (1, 2)}, "treated counts are -1"),
        ({"treated": (1, float("nan")), "comparison": (1, 2)}, "treated counts"),
        ({"treated": (1, 2), "comparison": (1, 2), "displacement_treated": (1, 2)}, "its own comparison"),
        ({"treated": (1, 2), "comparison": (1, 2), "time_weights": (0, 1)}, "time weights"),
        ({"treated": (1, 2), "comparison": (1, 2), "area_weights": (1,)}, "area weights"),
    ],
)
def test_refusals(arguments: dict, words: str) -> None:
    with pytest.raises(ForestallError, match=words):
        weighted_displacement_difference(**arguments)


def test_quotient_by_hand() -> None:
    """Treated 100 to 50, buffer 100 to 150, comparison flat: all that was saved was displaced."""
    q = displacement_quotient((100, 50), (100, 150), (100, 100))
    assert (q.value, q.reading, q.gross_effect) == (-1, "displacement_all", 0.5)
    assert displacement_quotient((100, 50), (100, 75), (100, 100)).reading == "diffusion"
    assert displacement_quotient((100, 50), (100, 110), (100, 100)).reading == "displacement_less"
    assert displacement_quotient((100, 50), (100, 180), (100, 100)).reading == "displacement_more"
    assert displacement_quotient((100, 120), (100, 75), (100, 100)).value is None
    with pytest.raises(ForestallError):
        displacement_quotient((1, 1), (1, 1), (0, 5))


def test_ratio_by_hand() -> None:
    """(160 / 250) / (225 / 245) = 0.697; log-normal error sqrt(1/250 + 1/160 + 1/245 + 1/225) = 0.137."""
    r = ratio_of_changes((250, 160), (245, 225))
    assert r.estimate == pytest.approx(0.6969, abs=1e-4)
    assert r.interval == pytest.approx((0.5328, 0.9116), abs=2e-4)
    assert r.method == "Log-normal"


@pytest.mark.slow
def test_exact_ratio_agrees_with_fisher() -> None:
    """R: fisher.test(matrix(c(3, 9, 12, 10), 2)): odds ratio interval 0.0395 to 1.5327 (conditional)."""
    from scipy.stats import fisher_exact
    from scipy.stats.contingency import odds_ratio

    table = np.array([[3, 12], [9, 10]])
    r = ratio_of_changes((12, 3), (10, 9))
    oracle = odds_ratio(table).confidence_interval(0.95)
    assert r.interval == pytest.approx((oracle.low, oracle.high), rel=1e-6)
    less = fisher_exact(table, alternative="less").pvalue
    assert r.p == pytest.approx(2 * less)
    assert r.method.startswith("Exact")


def test_ratio_with_nought() -> None:
    none_after = ratio_of_changes((12, 0), (10, 9))
    assert none_after.estimate == 0
    assert none_after.interval[0] == 0
    assert none_after.interval[1] < 1
    none_before = ratio_of_changes((0, 12), (10, 9))
    assert none_before.estimate is None
    assert none_before.interval[0] > 1
    assert none_before.interval[1] is None
    assert ratio_of_changes((0, 0), (10, 9)).caveats


@needs_shared
def test_published_e_tests() -> None:
    rows = list(csv.DictReader((SHARED / "evaluation/wdd/poisson-e-test-examples.csv").open()))
    assert len(rows) == 7
    for row in rows:
        out = e_test(
            int(row["count_1"]),
            int(row["count_2"]),
            float(row["periods_1"]),
            float(row["periods_2"]),
            float(row["null_difference"]),
            as_published=True,
        )
        assert out.p == pytest.approx(float(row["published_p"]), abs=1e-6), row


@needs_shared
def test_reference_e_tests() -> None:
    reference = json.loads((BENCH / "reference/t6_wdd_etest.json").read_text())["crimepy_github_2025-09-09"]
    for key, value in reference["etest"].items():
        if "n2" in key:
            continue
        a, b = (int(v) for v in key.split("_"))
        assert e_test(a, b).p == pytest.approx(value[0], abs=1e-9), key


def test_e_test_with_a_null_difference_scales_all_alike() -> None:
    """Scaling the observed statistic otherwise than the rest makes p too small: 0.202 for 0.273."""
    assert e_test(15, 5, null_difference=5).p == pytest.approx(0.2726782, abs=1e-6)
    assert e_test(15, 5, null_difference=5, as_published=True).p == pytest.approx(0.2018457, abs=1e-6)


def test_two_counts_properties() -> None:
    assert e_test(3, 0).p == e_test(0, 3).p == pytest.approx(0.0883790, abs=1e-7)
    assert e_test(0, 0).p == 1
    assert e_test(300_000, 301_000).method.startswith("Normal")
    # Conditional: 3 of 3 on one side of a fair split has p = 2 / 8.
    assert conditional_test(3, 0).p == pytest.approx(0.25)
    assert conditional_test(3, 0).interval[1] is None
    assert conditional_test(10, 5, 2, 1).ratio == 1
    assert conditional_test(0, 0).p == 1
    for bad in ((-1, 2), (1.5, 2)):
        with pytest.raises(ForestallError):
            e_test(*bad)
    with pytest.raises(ForestallError):
        conditional_test(1, 2, 0, 1)
