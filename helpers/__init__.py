"""What a notebook imports. Every name is loaded when it is first used, so that `import helpers` costs nothing."""

# Name -> module that holds it. `python3 -m helpers` runs before anything is installed: standard library only here.
_EXPORTS = {
    "connect": "helpers.endpoint",
    "Behaviour": "helpers.mock_endpoint",
    "BudgetExceeded": "helpers.ledger",
    "preflight": "helpers.doctor",
    "open_lesson": "helpers.grading",
    "show_progress": "helpers.grading",
    "ScriptedClient": "helpers.grading",
    "sample_data": "helpers.data",
    "load_sample": "helpers.data",
    "artefact": "helpers.data",
    "documents": "helpers.documents",
    "read_document": "helpers.documents",
    "in_parallel": "helpers.parallel",
    "connect_mcp": "helpers.mcp_client",
    "McpError": "helpers.mcp_client",
    "intervals": "helpers.intervals",
    "evaluation": "helpers.evaluation",
    "poc": "helpers.poc",
    "show": "helpers.show",
    "plots": "helpers.plots",
    "metered": "helpers.metering",
    "lines_of": "helpers.metering",
    "metrics": "helpers.metrics",
    "prices": "helpers.prices",
    "ranking": "helpers.ranking",
    "retrieval": "helpers.retrieval",
    "tokens": "helpers.tokens",
    "dialects": "helpers.dialects",
    "figures": "helpers.figures",
    "vectors": "helpers.vectors",
}

__all__ = sorted(_EXPORTS)


def __getattr__(name):
    if name not in _EXPORTS:
        raise AttributeError("module 'helpers' has no attribute %r; it has %s" % (name, ", ".join(__all__)))
    import importlib

    module = importlib.import_module(_EXPORTS[name])
    return module if _EXPORTS[name] == "helpers." + name else getattr(module, name)


def __dir__():
    return __all__
