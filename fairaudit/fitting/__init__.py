"""Models fitted with a penalty, each audited next to the plain one on rows held out, and what carries them."""

from fairaudit.fitting.attributing import attribute
from fairaudit.fitting.calibration import CalibrationOptions, calibrate, calibrate_table
from fairaudit.fitting.options import FitOptions
from fairaudit.fitting.pool import PoolOptions, explain, explain_table
from fairaudit.fitting.run import Fit, fit, fit_roles, fit_table

__all__ = [
    "CalibrationOptions",
    "Fit",
    "FitOptions",
    "PoolOptions",
    "attribute",
    "calibrate",
    "calibrate_table",
    "explain",
    "explain_table",
    "fit",
    "fit_roles",
    "fit_table",
]
