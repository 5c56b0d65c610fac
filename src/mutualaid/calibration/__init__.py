"""From months of published counts to a twin: rates by stream and age, a forecast, a backtest."""

from mutualaid.calibration.accuracy import accuracy
from mutualaid.calibration.backtest import backtest
from mutualaid.calibration.twin import Twin, calibrate

__all__ = ["Twin", "accuracy", "backtest", "calibrate"]
