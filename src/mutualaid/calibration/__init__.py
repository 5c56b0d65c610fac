"""From months of published counts to a twin: rates by stream and age, a forecast, a backtest."""

from mutualaid.calibration.backtesting import backtest
from mutualaid.calibration.calibrating import calibrate
from mutualaid.calibration.error_summary import accuracy
from mutualaid.calibration.twin import Twin

__all__ = ["Twin", "accuracy", "backtest", "calibrate"]
