"""Kernel density: exact references, unit freedom, integral, warnings, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from tests.stats.reference_points import needs_bench, points, reference

from forestall.errors import ForestallError
from forestall.stats import density
from forestall.stats.density import dual_density, kernel_density, plug_in_bandwidth

FRAME = {"origin": (430_000, 380_000), "shape": (200, 200)}


def test_one_point_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gaussian of 100 at a cell's centre: 1 / (2 pi 100^2) there, e^-1/2 of it one bandwidth away."""
    for few in (4e7, 0):
        monkeypatch.setattr(density, "EXACT_WORK", few)
        answer = kernel_density([50], [50], 100, 100, origin=(-500, -500), shape=(11, 11))
        peak = 1 / (2 * np.pi * 100**2)
        assert answer.density[5, 5] == pytest.approx(peak, rel=0.005)
        assert answer.density[5, 6] == pytest.approx(peak * np.exp(-0.5), rel=0.005)


def test_quartic_by_hand() -> None:
    """(3 / pi h^2) (1 - (d / h)^2)^2: at half the radius (3 / pi h^2) x 9/16; nothing at the radius."""
    answer = kernel_density(
        [50], [50], 200, 100, origin=(-500, -500), shape=(11, 11), kernel="quartic", exact=True
    )
    peak = 3 / (np.pi * 200**2)
    assert answer.density[5, 5] == pytest.approx(peak)
    assert answer.density[5, 6] == pytest.approx(peak * 9 / 16)
    assert answer.density[5, 7] == 0


@pytest.mark.parametrize("kernel", ["gaussian", "quartic"])
def test_fast_is_exact_within_half_a_per_cent_and_integrates_to_one(kernel: str) -> None:
    rng = np.random.default_rng(1)
    x, y = rng.normal(0, 900, (2, 3000))
    frame = {"origin": (-6000, -6000), "shape": (120, 120)}
    fast, exact = (kernel_density(x, y, 250, 100, **frame, kernel=kernel, exact=e) for e in (False, True))
    assert np.abs(fast.density - exact.density).max() / exact.density.max() < 0.005
    assert fast.inside == pytest.approx(1, abs=0.002)


@pytest.mark.parametrize("where", [0.0, 13.0, 16.6, 33.3, 49.9])
@pytest.mark.parametrize("bandwidth", [50.0, 100.0, 290.0, 1000.0])
def test_binning_errs_little_wherever_a_point_lies(
    where: float, bandwidth: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = {"origin": (-500, -500), "shape": (12, 11)}
    exact = kernel_density([where], [50 - where], bandwidth, 100, **frame, exact=True)
    monkeypatch.setattr(density, "EXACT_WORK", 0)
    fast = kernel_density([where], [50 - where], bandwidth, 100, **frame)
    assert fast.method != exact.method
    assert np.abs(fast.density - exact.density).max() <= 0.002 * exact.density.max()


@pytest.mark.parametrize("unit", [0.001, 3.28084, 1e5])
def test_free_of_the_unit(unit: float) -> None:
    """A peer cuts its kernel at an absolute density, so metres give wrong maps."""
    rng = np.random.default_rng(2)
    x, y = rng.uniform(0, 5000, (2, 800))
    one = kernel_density(x, y, 300, 100, origin=(0, 0), shape=(50, 50))
    two = kernel_density(x * unit, y * unit, 300 * unit, 100 * unit, origin=(0, 0), shape=(50, 50))
    np.testing.assert_allclose(two.density * unit**2, one.density, rtol=1e-6, atol=1e-15)


def test_weights_order_and_splitting() -> None:
    rng = np.random.default_rng(3)
    x, y = rng.uniform(0, 3000, (2, 500))
    frame = {"origin": (0.0, 0.0), "shape": (30, 30)}
    whole = kernel_density(x, y, 300, 100, **frame).density
    np.testing.assert_allclose(kernel_density(x[::-1], y[::-1], 300, 100, **frame).density, whole, atol=1e-15)
    parts = (kernel_density(x[p], y[p], 300, 100, **frame).density for p in (slice(200), slice(200, None)))
    np.testing.assert_allclose(sum(w * p for w, p in zip((0.4, 0.6), parts, strict=True)), whole, atol=1e-15)
    doubled = kernel_density([x[0], x[1]], [y[0], y[1]], 300, 100, weights=[3, 1])
    tripled = kernel_density([x[0]] * 3 + [x[1]], [y[0]] * 3 + [y[1]], 300, 100)
    np.testing.assert_allclose(doubled.density, tripled.density, atol=1e-18)


def test_bandwidth_uses_both_coordinates() -> None:
    """A peer's automatic bandwidth leaves y out."""
    rng = np.random.default_rng(4)
    x = rng.normal(0, 1, 500)
    assert plug_in_bandwidth(x, x * 10) > 3 * plug_in_bandwidth(x, x)
    assert plug_in_bandwidth(x, x * 10) == pytest.approx(plug_in_bandwidth(x * 10, x))


def test_small_bandwidth_is_warned_of() -> None:
    assert "smaller than a cell" in kernel_density([0, 900], [0, 900], 50, 250).warnings[0]
    assert kernel_density([0, 900], [0, 900], 250, 250).warnings == ()


def test_dual_density_of_the_same_points_is_one() -> None:
    rng = np.random.default_rng(5)
    x, y = rng.normal(0, 500, (2, 400))
    _, ratio = dual_density(x, y, x, y, 200, 100)
    np.testing.assert_allclose(ratio[~np.isnan(ratio)], 1)
    assert np.isnan(ratio).any()


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: kernel_density([], [], 1, 1), "no points"),
        (lambda: kernel_density([0], [0], 0, 1), "bandwidth"),
        (lambda: kernel_density([0], [0], 1, 1, kernel="cone"), "kernel"),
        (lambda: kernel_density([0], [0], 10, 10, origin=(1e6, 1e6), shape=(5, 5)), "overlap"),
        (lambda: kernel_density([0, 1e9], [0, 1e9], 10, 10), "grid of"),
        (lambda: plug_in_bandwidth([1], [1]), "two points"),
        (lambda: plug_in_bandwidth([1, 1], [2, 2]), "one place"),
        (lambda: dual_density([1], [1], [], [], 1, 1), "empty"),
    ],
)
def test_refusals(call, said: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ForestallError, match=said):
        call()


@needs_bench
def test_reference_density() -> None:
    data, want = points(10_000), reference("t3_kde")
    exact = want["gaussian_10k_exact"]["result"]
    fast = kernel_density(data["x"], data["y"], 300, 100, **FRAME)
    assert np.abs(fast.density.ravel()[::200] - exact["sample"]).max() < 0.005 * exact["max"]
    assert fast.density.max() == pytest.approx(exact["max"], rel=0.002)
    assert fast.inside == pytest.approx(exact["sum_x_cellarea"], abs=1e-4)
    quartic = kernel_density(data["x"], data["y"], 600, 100, **FRAME, kernel="quartic", exact=True)
    unscaled = quartic.density.ravel()[::200] * 10_000 * np.pi * 600**2 / 3
    np.testing.assert_allclose(unscaled, want["quartic_10k_100m"]["result"]["sample"], rtol=1e-8, atol=1e-8)


@needs_bench
@pytest.mark.slow
def test_exact_form_is_exact() -> None:
    data, want = points(10_000), reference("t3_kde")["gaussian_10k_exact"]["result"]
    answer = kernel_density(data["x"], data["y"], 300, 100, **FRAME, exact=True)
    np.testing.assert_allclose(answer.density.ravel()[::200], want["sample"], rtol=1e-8, atol=1e-20)
