"""Mirror descent on gain multipliers, on a model whose importances answer to them as they are meant to."""

import numpy as np
import pytest

from fairaudit.factors.consistency import Consistency, Reference
from fairaudit.models.guidance import Guidance
from fairaudit.models.mirror import Fit, descend, direction

WEIGHT = np.array([4.0, 2.0, 1.0, 1.0])
KNOWN = Consistency(Reference(np.array([0, 1, 2, 2]), WEIGHT), "kl")
BASE = np.array([1.0, 1.0, 3.0, 0.5])


def grow(multipliers):
    """Importances that rise with their multiplier, and a loss that rises with the distance from even ones."""
    logs = np.log(multipliers) - np.log(multipliers).mean()
    return Fit(tuple(multipliers), 0.1 * float(logs @ logs), BASE * multipliers**0.7)


def found(strength):
    return grow(np.array(descend(grow, Guidance(strength, KNOWN), np.ones(4))))


def test_a_strong_alpha_ends_at_the_knowledge_and_none_where_it_began():
    assert found(0.0).solution == (1.0, 1.0, 1.0, 1.0)
    assert KNOWN(found(100.0).importance)[0] < 0.02 * KNOWN(BASE)[0]


def test_alpha_says_how_far_to_go():
    fits = [found(strength) for strength in (0.0, 0.5, 2.0, 100.0)]
    distances = [KNOWN(fit.importance)[0] for fit in fits]
    assert distances == sorted(distances, reverse=True)
    assert [fit.loss for fit in fits] == sorted(fit.loss for fit in fits)


@pytest.mark.parametrize("divergence", ["kl", "reverse-kl", "js", "balanced", "plackett-luce"])
def test_a_step_is_bounded_and_lifts_what_is_too_low(divergence):
    guidance = Guidance(1.0, Consistency(KNOWN.reference, divergence))
    slope = direction(guidance, np.array([1e-6, 2.0, 1.0, 1.0]))
    assert np.abs(slope).max() <= 1
    assert slope[0] < slope[1:].min()
