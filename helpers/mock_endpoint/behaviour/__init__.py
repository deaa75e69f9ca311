"""The endpoint as a service: limits, latency, faults, filters, caching, a log, recordings, scripts; all off by default.

`settings.py` says what can be switched on, `pipeline.py` in which order it has its say, and each other module is one of
these ideas.
"""
