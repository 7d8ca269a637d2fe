"""Every random draw of the package has a stream of its own, named here.

Two draws from one stream would be the same numbers: the rows held out of a fit would be those held out of a search, and
chance in the one would look like an effect in the other. So each name below is used in one place, and one more draw in
a place changes nothing elsewhere. (LightGBM, PyTorch and shap draw by generators of their own, from the same seed.)
"""

from __future__ import annotations

from enum import IntEnum, unique

import numpy as np


@unique
class Stream(IntEnum):
    """What is drawn. A number once given is not given to another use: old results could not be made again."""

    HELD_OUT = 0
    """Rows that judge a fit in the end."""

    REPLICATES = 1
    """Bootstrap replicates of an audit."""
    SHUFFLES = 2
    """Shuffles of what an audit measures."""
    OTHER_SHUFFLES = 3
    """Shuffles of the decision and the outcome, beside what is measured."""
    GROUP_SHUFFLES = 30
    """Shuffles of the groups' values where weights differ, value and weight together."""
    SUBGROUP_SHUFFLES = 42
    """People put into the cells of subgroups anew, for each measure that is searched."""
    STRATA_SHUFFLES = 4
    """Shuffles within strata."""
    STRATIFIED_SHUFFLES = 40
    """Shuffles of people within strata behind the p-value of a standardised gap, for each measure and grouping."""
    DIVERGENCE_SHUFFLES = 5
    """Shuffles for the divergence alone, as a calibration measures it."""
    GAP_SHUFFLES = 6
    """Shuffles behind the p-value of a gap, for each measure and grouping."""
    PAIRS = 7
    """Pairs of rows by which the error of quantile cells is estimated."""
    INDEPENDENCE_TEST = 8
    """Shuffles of a test of independence."""
    RATIO_FLOOR = 9
    """Ratios of groups that do not differ, the same for all seeds."""
    CURVE_LIMITS = 10
    """Noise about calibration curves, the same for all seeds."""
    POWER = 44
    """Tables drawn with a gap, by which a stated power is checked."""
    SELF_TEST = 41
    """Tables behind a published p-value that is computed anew."""

    SEARCH_FOLDS = 11
    """Folds of a search for the strength."""
    WEIGHTS = 12
    """Initial weights of a network."""
    STOPPING = 13
    """Rows by which a network stops."""
    BATCHES = 14
    """Batches of a network."""
    ROUNDS = 15
    """Rows by which the number of boosting rounds is chosen."""
    CALIBRATION_FOLDS = 16
    """Folds of a calibration, anew for each repeat."""
    POOL_FOLDS = 17
    """Folds of a pool that is explained."""
    KNOWLEDGE_FOLDS = 18
    """Folds of a pool that is asked for knowledge."""
    STEERING = 19
    """Rows by which knowledge steers trees."""

    RECALIBRATION_FOLDS = 49
    """Folds by which predictions are recalibrated."""

    RIDGE = 43
    """Rows by which the size of the effects of a linear model is chosen."""
    DECAY = 46
    """Rows and folds by which the decay of a network is chosen."""

    ATTRIBUTED_ROWS = 20
    """Rows that are attributed."""
    ATTRIBUTED_REPLICATES = 21
    """Bootstrap replicates of these."""
    POOL_REPLICATES = 22
    """Bootstrap replicates of the rows that a pool attributes."""
    GUIDED_REPLICATES = 23
    """Bootstrap replicates of the rows whose attributions are held against knowledge."""
    GUIDED_LOSS_REPLICATES = 24
    """Bootstrap replicates of the loss of a guided model."""
    PRICE_REPLICATES = 25
    """Bootstrap replicates of what fairness costs."""
    POOL_ROWS = 26
    """Rows that a pool attributes."""
    KNOWLEDGE_ROWS = 27
    """Rows that are attributed where a pool is asked for knowledge."""
    GUIDED_ROWS = 28
    """Rows whose attributions are held against knowledge."""
    GUIDING_ROWS = 65
    """Training rows among which those are looked for that carry the importance of a guided model."""
    SURROGATE_ROWS = 45
    """Rows by which a surrogate on splines tells what carries a difference."""
    COARSE_ROWS = 62
    """Rows by which classes of other columns tell what a difference goes along with."""
    SCORED_ROWS = 63
    """Order of the rows whose subgroups are scored, on which the scores do not depend."""
    SAMPLED_ROWS = 61
    """Rows of a file that are read into memory to be asked for all their columns."""
    SEARCHED_ROWS = 64
    """Rows of a table in its engine by which a strength, and the size of effects, are chosen."""
    BACKGROUND_ROWS = 29
    """Rows from which the attributions of another maker's model start."""

    def generator(self, seed: int, *repeat: int) -> np.random.Generator:
        """The generator of this use, for a seed and the numbers of a repeat, all from 0."""
        return np.random.default_rng([seed, self, *repeat])
