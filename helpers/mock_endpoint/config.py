"""What an offline endpoint serves and to whom: its models with their limits, its keys, its seed."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from .behaviour.settings import Behaviour

DEFAULT_KEY = "workbook"


@dataclass(frozen=True)
class Model:
    """A simulated model. Token limits are counted in o200k_base tokens.

    What a smaller chat model does worse is a matter of the fields from `dimensions` on, not of its name: it compares
    meanings more coarsely, loses the middle of a long text, learns nothing from examples, reads only the
    first words of the descriptions of fields and tools, does not weigh a question word by word, makes one call at a
    time, and keeps only the first of several demands on the form of a reply.
    """

    name: str
    kind: Literal["chat", "embedding"]
    context_window: int  # prompt and reply together; for an embedding model, tokens of one input
    max_output: int = 0
    dimensions: int = 384  # of the embeddings a chat model reasons with, or an embedding model returns
    attention_span: int = 0  # tokens of passages a chat model attends to; what lies in the middle of more is not seen
    reads_examples: bool = True
    reads_descriptions: bool = True  # of fields and tools: a chat model that does not goes by their names
    description_words: int = 0  # what one that does not reads of them nevertheless: their first words
    calls_at_once: int = 16  # tool calls in one reply
    reads_closely: int = 8  # sentences whose words a chat model weighs one by one against a question
    demands: int | None = None  # demands on the form of a reply that a chat model keeps of several; None for all


# The embedding model truncates at 256 WordPiece tokens a window; vectors.py averages the windows of a longer text.
SIM_LARGE = Model("sim-large", "chat", context_window=128_000, max_output=16_384, attention_span=64_000)
SIM_SMALL = Model(
    "sim-small",
    "chat",
    context_window=16_384,
    max_output=4_096,
    dimensions=24,
    attention_span=1_200,
    reads_examples=False,
    reads_closely=0,
    calls_at_once=1,
    reads_descriptions=False,
    description_words=3,
    demands=1,
)
SIM_EMBEDDING = Model("sim-embedding", "embedding", context_window=8_192)
MODELS: Mapping[str, Model] = MappingProxyType({m.name: m for m in (SIM_LARGE, SIM_SMALL, SIM_EMBEDDING)})

# How the makers of the aliased models mark the small sizes of a family.
_SMALL_MARKS = ("mini", "nano", "luna", "gpt-3.5")


@cache
def aliases() -> Mapping[str, Model]:
    """OpenAI's model names -> the simulated model that answers for them.

    The names are those that the installed openai package lists, so a misspelt one is unknown here as it is there.
    """
    from openai.types import ChatModel, EmbeddingModel

    chat = {n: SIM_SMALL if any(mark in n for mark in _SMALL_MARKS) else SIM_LARGE for n in get_args(ChatModel)}
    return MappingProxyType(chat | dict.fromkeys(get_args(EmbeddingModel), SIM_EMBEDDING))


def _seed_from_environment() -> int | None:
    text = os.environ.get("WORKBOOK_MOCK_SEED", "").strip()
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"WORKBOOK_MOCK_SEED is {text!r}: give a whole number, or unset it.") from None


@dataclass(frozen=True)
class MockConfig:
    """Settings of one running endpoint.

    keys: accepted API keys.
    seed: makes the endpoint deterministic: the n-th call of an identical request always gets the same reply. By
        default the environment's WORKBOOK_MOCK_SEED; without it, repeated calls vary as a model's do.
    deployments: names of your own (as Azure deployments have) -> the name of the model that answers for them.
    behaviour: what is switched on (limits, latency, faults, ...) for every key without a behaviour of its own; None for
        nothing.
    behaviours: key -> what is switched on for it instead; these keys are accepted too.
    """

    keys: frozenset[str] = frozenset({DEFAULT_KEY})
    seed: int | None = field(default_factory=_seed_from_environment)
    deployments: Mapping[str, str] = field(default_factory=dict)
    behaviour: Behaviour | None = None
    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)

    @property
    def accepted_keys(self) -> frozenset[str]:
        return self.keys | self.behaviours.keys()

    def model(self, name: str) -> Model | None:
        """The model that answers for a model name, an alias or a deployment; None when there is no such name."""
        name = self.deployments.get(name, name)
        return MODELS.get(name) or aliases().get(name)
