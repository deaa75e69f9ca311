"""The JSON of successful replies, built with the openai package's own types so that no client can tell."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from openai.types import CompletionUsage, CreateEmbeddingResponse, Embedding
from openai.types import Model as ApiModel
from openai.types.chat import ChatCompletion, ChatCompletionChunk, ChatCompletionMessage, ChatCompletionTokenLogprob
from openai.types.chat import chat_completion as whole
from openai.types.chat import chat_completion_chunk as part
from openai.types.chat.chat_completion_message_function_tool_call import (
    ChatCompletionMessageFunctionToolCall,
    Function,
)
from openai.types.chat.chat_completion_token_logprob import TopLogprob
from openai.types.completion_usage import CompletionTokensDetails, PromptTokensDetails
from openai.types.create_embedding_response import Usage

from ..completion import pieces
from .shapes import made

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from ..completion import Choice, Completion
    from ..config import Model
    from ..sampling import TokenLogprob
    from .requests import ChatRequest, EmbeddingRequest, ToolCall

FINGERPRINT = "fp_workbook_simulated"
_MODELS_CREATED = 1_767_225_600  # 1 January 2026, for models and for everything a seeded endpoint answers


def created(seeded: bool) -> int:
    """Seconds since 1970; the same on every run of a seeded endpoint, so that a notebook built twice is equal."""
    return _MODELS_CREATED if seeded else int(time.time())


# --- chat ----------------------------------------------------------------------------------------------------------


def chat_completion(request: ChatRequest, completion: Completion, at: int) -> ChatCompletion:
    """The reply to a request that does not stream."""
    return made(
        ChatCompletion,
        id=completion.id,
        object="chat.completion",
        created=at,
        model=request.model.name,
        choices=[_whole_choice(i, choice) for i, choice in enumerate(completion.choices)],
        usage=_usage(completion),
        service_tier="default",
        system_fingerprint=FINGERPRINT,
        **_prompt_filter(completion),
    )


def _whole_choice(index: int, choice: Choice) -> whole.Choice:
    message = made(
        ChatCompletionMessage,
        role="assistant",
        content=None if choice.calls or choice.refusal or choice.finish_reason == "content_filter" else choice.text,
        refusal=choice.text if choice.refusal else None,
        annotations=[],
    )
    if choice.calls:
        message.tool_calls = [
            made(
                ChatCompletionMessageFunctionToolCall,
                id=call.id,
                type="function",
                function=made(Function, name=call.name, arguments=call.arguments),
            )
            for call in choice.calls
        ]
    logprobs = None
    if choice.logprobs is not None:
        rows = [logprob(row) for row in choice.logprobs]
        said, refused = (None, rows) if choice.refusal else (rows, None)
        logprobs = made(whole.ChoiceLogprobs, content=said, refusal=refused)
    annotations = {} if choice.filter is None else {"content_filter_results": choice.filter}
    return made(
        whole.Choice,
        index=index,
        message=message,
        logprobs=logprobs,
        finish_reason=choice.finish_reason,
        **annotations,
    )


def _prompt_filter(completion: Completion) -> dict[str, Any]:
    """Azure's annotation of the prompt, where its content filter is on."""
    if completion.prompt_filter is None:
        return {}
    results = {"prompt_index": 0, "content_filter_results": completion.prompt_filter}
    return {"prompt_filter_results": [results]}


def chat_chunks(request: ChatRequest, completion: Completion, at: int) -> Iterator[ChatCompletionChunk]:
    """The reply as a stream: the role, the text token by token, the finish reason, and usage where it was asked for."""
    shared: dict[str, Any] = {
        "id": completion.id,
        "object": "chat.completion.chunk",
        "created": at,
        "model": request.model.name,
        "service_tier": "default",
        "system_fingerprint": FINGERPRINT,
    }
    if request.include_usage:
        shared["usage"] = None

    def chunk(
        index: int,
        delta: dict[str, Any],
        finish: Any = None,
        rows: Sequence[TokenLogprob] | None = None,
        found: Mapping[str, Any] | None = None,
    ) -> Any:
        own = [logprob(r) for r in rows or ()]
        said, refused = (None, own) if "refusal" in delta and "role" not in delta else (own, None)
        logprobs = own and made(part.ChoiceLogprobs, content=said, refusal=refused)
        choice = made(
            part.Choice,
            index=index,
            delta=made(part.ChoiceDelta, **delta),
            logprobs=logprobs or None,
            finish_reason=finish,
            **({} if completion.prompt_filter is None else {"content_filter_results": found or {}}),
        )
        return made(ChatCompletionChunk, **shared, choices=[choice])

    if completion.prompt_filter is not None:  # Azure's first chunk holds nothing else
        yield made(ChatCompletionChunk, id="", object="", created=0, model="", choices=[], **_prompt_filter(completion))
    for index, choice in enumerate(completion.choices):
        yield chunk(
            index, {"role": "assistant", "content": None if choice.calls or choice.refusal else "", "refusal": None}
        )
        for i, call in enumerate(choice.calls):
            yield chunk(index, {"tool_calls": [_call_begins(i, call)]})
            for piece in pieces(call.arguments):
                yield chunk(index, {"tool_calls": [_call_goes_on(i, piece)]})
        withheld = choice.finish_reason == "content_filter"
        choice_filter = None if withheld else choice.filter
        rows = rows_by_piece(choice)
        for piece, own in zip(choice.pieces, rows, strict=True):
            yield chunk(index, {"refusal" if choice.refusal else "content": piece}, rows=own, found=choice_filter)
        yield chunk(index, {}, choice.finish_reason, found=choice.filter if withheld else None)
    if request.include_usage:
        yield made(ChatCompletionChunk, **(shared | {"usage": _usage(completion)}), choices=[])


def _call_begins(index: int, call: ToolCall) -> part.ChoiceDeltaToolCall:
    function = made(part.ChoiceDeltaToolCallFunction, name=call.name, arguments="")
    return made(part.ChoiceDeltaToolCall, index=index, id=call.id, type="function", function=function)


def _call_goes_on(index: int, piece: str) -> part.ChoiceDeltaToolCall:
    function = made(part.ChoiceDeltaToolCallFunction, arguments=piece)
    return made(part.ChoiceDeltaToolCall, index=index, function=function)


def rows_by_piece(choice: Choice) -> list[Sequence[TokenLogprob]]:
    """The log-probability rows of each piece: a piece is one token, or several that share a character."""
    if choice.logprobs is None:
        return [()] * len(choice.pieces)
    rows = iter(choice.logprobs)
    grouped: list[Sequence[TokenLogprob]] = []
    for piece in choice.pieces:
        own, length = [], 0
        while length < len(piece.encode("utf-8")) and (row := next(rows, None)) is not None:
            own.append(row)
            length += len(row.token)
        grouped.append(own)
    return grouped


def logprob(row: TokenLogprob) -> ChatCompletionTokenLogprob:
    """A row as the API shows it; bytes that are no whole character are written out."""
    top = [made(TopLogprob, token=_shown(token), bytes=list(token), logprob=share) for token, share in row.top]
    return made(
        ChatCompletionTokenLogprob,
        token=_shown(row.token),
        bytes=list(row.token),
        logprob=row.logprob,
        top_logprobs=top,
    )


def _shown(token: bytes) -> str:
    """A token as text; bytes that are no whole character are written out, as the API does."""
    try:
        return token.decode("utf-8")
    except UnicodeDecodeError:
        return "bytes:" + "".join(f"\\x{byte:02x}" for byte in token)


def _usage(completion: Completion) -> CompletionUsage:
    return made(
        CompletionUsage,
        prompt_tokens=completion.prompt_tokens,
        completion_tokens=completion.completion_tokens,
        total_tokens=completion.prompt_tokens + completion.completion_tokens,
        prompt_tokens_details=made(PromptTokensDetails, cached_tokens=completion.cached_tokens, audio_tokens=0),
        completion_tokens_details=made(
            CompletionTokensDetails,
            reasoning_tokens=0,
            audio_tokens=0,
            accepted_prediction_tokens=0,
            rejected_prediction_tokens=0,
        ),
    )


# --- embeddings and models -----------------------------------------------------------------------------------------


def embeddings(request: EmbeddingRequest, vectors: NDArray[np.float32]) -> CreateEmbeddingResponse:
    """One vector a text, as numbers or as base64 of little-endian float32; both carry the same values."""
    rows = [
        made(
            Embedding,
            object="embedding",
            index=i,
            embedding=base64.b64encode(vector.astype("<f4").tobytes()).decode() if request.base64 else vector.tolist(),
        )
        for i, vector in enumerate(vectors)
    ]
    return made(
        CreateEmbeddingResponse,
        object="list",
        data=rows,
        model=request.model.name,
        usage=made(Usage, prompt_tokens=request.prompt_tokens, total_tokens=request.prompt_tokens),
    )


def model(served: Model) -> ApiModel:
    return made(ApiModel, id=served.name, object="model", created=_MODELS_CREATED, owned_by="workbook-simulated")


def azure_model(served: Model) -> dict[str, Any]:
    """As Azure's own list has it (GET /openai/models?api-version=...), for which the openai package has no type."""
    chat = served.kind == "chat"
    capabilities = {"fine_tune": False, "inference": True, "completion": False}
    return {
        "id": served.name,
        "object": "model",
        "created_at": _MODELS_CREATED,
        "status": "succeeded",
        "lifecycle_status": "generally-available",
        "capabilities": {**capabilities, "chat_completion": chat, "embeddings": not chat},
        "deprecation": {},
    }
