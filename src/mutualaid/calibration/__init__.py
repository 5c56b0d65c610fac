"""From months of published counts to a twin: rates by stream and age, a forecast, a backtest."""
