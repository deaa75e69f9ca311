"""Logs of whatever software, read as events, and near-identical events gathered into templates.

    for event in read_events("logs/", on_problem=print): ...
    templates = mine(read_events("logs/"), redactor=Redactor.of(None))
    templates.templates[0].text       # "Account <USER> locked after <*> attempts"

    lines      bytes, packed or not, in any encoding -> clean lines, in bounded memory
    times      the time at a line's beginning
    formats    a line -> what it says, as JSON, syslog, key=value, an access log, plain text
    traces     stack traces: which lines belong together, and which exception they are about
    codes      E1042, HTTP 503
    reading    all of that: read_events
    templates  events -> templates, by Drain
    assignments  which event has which template, on disk

Everything streams: memory does not grow with the files. Nothing here knows an endpoint.
"""

import importlib

_EXPORTS = {
    "Event": "events",
    "SEVERITIES": "events",
    "at_least": "events",
    "worse": "events",
    "FORMATS": "formats",
    "Events": "reading",
    "read_events": "reading",
    "Template": "templates",
    "Templates": "templates",
    "mine": "templates",
    "Assigned": "assignments",
    "exception_of": "traces",
}

__all__ = sorted(_EXPORTS)


def __getattr__(name):
    if name not in _EXPORTS:
        raise AttributeError(f"helpers.logs has no {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f"helpers.logs.{_EXPORTS[name]}"), name)


def __dir__():
    return __all__
