"""dcor's fast algorithm by merging, for one number against another. The value only."""

from functools import partial

from rivals import dcor_avl

COMPUTES = dcor_avl.COMPUTES
ORDER = dcor_avl.ORDER
prepare = partial(dcor_avl.prepare, method="mergesort")
