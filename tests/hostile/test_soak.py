"""Memory that one process holds over many audits (``make soak`` asks 1,000)."""

import pytest
import soak


@pytest.mark.slow
def test_an_audit_leaves_nothing_in_memory_that_the_next_one_adds_to():
    slope, _ = soak.growth(120)
    assert slope < 5 * soak.LEAK  # of so few audits single steps of the allocator show; one result kept is 200 kB
