"""One small adaptor per rival.

Each module has

* ``COMPUTES``: ``value`` or ``value and gradient``,
* ``ORDER``: the power of n with which time and memory grow, for not starting what cannot end,
* ``prepare(data, measure)``: does once what does not depend on the predictions, and returns a function without
  arguments that computes the measure: its value, and its gradient or None.
"""
