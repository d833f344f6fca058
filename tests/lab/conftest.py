"""The lab that the tests of this folder share: brought up once, configured as the seed's second listing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.lab.seed_lab import ROUTERS, SeedLab, fresh_lab, seed_listing

QUICKLY_S, SLOWLY_S = 10, 40


def type_seed(lab: SeedLab) -> None:
    """Type the seed's second listing into all routers."""
    for router in ROUTERS:
        lab.configure(router, *seed_listing(router))


@pytest.fixture(scope="session")
def seed_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SeedLab]:
    """A lab of the seed's topology, its routers not configured; nothing of it may be left afterwards."""
    with fresh_lab(tmp_path_factory.mktemp("labs"), revert_minute=3) as lab:
        yield lab


@pytest.fixture(scope="session")
def typed_lab(seed_lab: SeedLab) -> SeedLab:
    """The same lab with the seed's second listing typed in."""
    type_seed(seed_lab)
    return seed_lab


@pytest.fixture
def configured_lab(typed_lab: SeedLab) -> SeedLab:
    """The same lab with everything up; a test puts back what it changes."""
    try:
        typed_lab.settle(QUICKLY_S)
    except AssertionError:  # an earlier test failed half-way
        type_seed(typed_lab)
        typed_lab.settle(SLOWLY_S)
    return typed_lab
