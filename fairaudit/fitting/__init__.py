"""Models fitted with a penalty, each audited next to the plain one on rows held out, and what carries them."""

from fairaudit.fitting.attributing import attribute
from fairaudit.fitting.calibration import CalibrationOptions, calibrate, calibrate_table
from fairaudit.fitting.options import FitOptions
from fairaudit.fitting.run import Fit, fit, fit_roles, fit_table

__all__ = [
    "CalibrationOptions",
    "Fit",
    "FitOptions",
    "attribute",
    "calibrate",
    "calibrate_table",
    "fit",
    "fit_roles",
    "fit_table",
]
