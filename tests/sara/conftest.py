"""One make-believe nation for the tests of the four steps."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="session")
def region_release(tmp_path_factory: pytest.TempPathFactory):
    """(release, truth) of the make-believe nation with seed 1."""
    from forestall.evidence.synthetic import generate, publish_region

    region = generate(1)
    return publish_region(region, store=tmp_path_factory.mktemp("store")), region.truth
