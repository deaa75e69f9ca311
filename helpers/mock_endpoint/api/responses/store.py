"""What the Responses API keeps of a reply (`store`, on by default): in memory, bounded, apart for every key."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..shelf import Shelf
from .items import Item

if TYPE_CHECKING:
    from openai.types.responses import Response

_MOST, _MOST_BYTES = 1_000, 64 * 2**20


@dataclass(frozen=True)
class StoredResponse:
    """given: every item that the reply was made from, those of the conversation before it included. size in bytes."""

    response: Response
    given: tuple[Item, ...]
    output: tuple[Item, ...]
    size: int

    @property
    def conversation(self) -> tuple[Item, ...]:
        return self.given + self.output


@dataclass
class ResponseStore:
    """Stored replies by key. A conversation's items are shared between its turns, not copied."""

    _shelf: Shelf[StoredResponse] = field(default_factory=lambda: Shelf(_MOST, _MOST_BYTES))

    def keep(
        self, owner: str, response: Response, before: StoredResponse | None, items: Sequence[Item], output: list[Item]
    ) -> None:
        size = len(json.dumps([items, output])) + (before.size if before else 0)
        given = (before.conversation if before else ()) + tuple(items)
        self._shelf.put(owner, response.id, StoredResponse(response, given, tuple(output), size), size)

    def find(self, owner: str, identity: str) -> StoredResponse | None:
        return self._shelf.get(owner, identity)

    def remove(self, owner: str, identity: str) -> bool:
        return self._shelf.remove(owner, identity) is not None

    def items(self, owner: str) -> dict[str, Item]:
        """The input and output items of every stored reply, by id."""
        return {item["id"]: item for stored in self._shelf.of(owner) for item in stored.conversation}
