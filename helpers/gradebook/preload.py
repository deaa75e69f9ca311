"""Imported before a submission's process is forked, or at its start: what nearly every lesson needs, loaded once."""

from __future__ import annotations

import importlib

import httpx2
import openai

for name in ("openai.types.chat", "helpers.endpoint", "helpers.ledger", "helpers.settings"):
    importlib.import_module(name)

# A client's first use imports its resources: half a second that no submission should pay.
_client = openai.OpenAI(base_url="http://127.0.0.1:9", api_key="preload", http_client=httpx2.Client(trust_env=False))
_resources = (_client.chat.completions, _client.embeddings, _client.responses)
