"""Said while it happens: a quota is used up, and the client waits before it tries again."""

from __future__ import annotations

import threading
import time

import httpx2

# Of the openai package: it waits this long at most, and tries again twice, unless it was told otherwise.
MOST_SECONDS = 120.0
USUAL_RETRIES = 2


class WaitingNotice:
    """Prints one sentence for a 429 or 503 that names a time; of several calls that wait together, only the first."""

    def __init__(self, retries: int | None = None) -> None:
        """retries: of the clients; None for the openai package's own."""
        self._retries = USUAL_RETRIES if retries is None else retries
        self._quiet_until = 0.0
        self._lock = threading.Lock()

    def __call__(self, request: httpx2.Request, response: httpx2.Response) -> None:
        if response.status_code not in (429, 503):
            return
        said = sentence(request, response, self._retries)
        with self._lock:
            now = time.monotonic()
            if not said or now < self._quiet_until:
                return
            self._quiet_until = now + max(1.0, min(retry_after(response) or 0.0, MOST_SECONDS))
        print(said, flush=True)


def sentence(request: httpx2.Request, response: httpx2.Response, most: int = USUAL_RETRIES) -> str:
    """What is to be said; "" for a wait of under a second, or the last try, after which the error itself is shown."""
    seconds = retry_after(response)
    retries = request.headers.get("x-stainless-retry-count", "0")
    last = not retries.isdigit() or int(retries) >= most
    if seconds is None or seconds < 1 or response.headers.get("x-should-retry") == "false":
        return ""
    why = "the quota is shared" if response.status_code == 429 else "the service is busy"
    who = f"{response.status_code} from {request.url.host}"
    if seconds > MOST_SECONDS:
        return f"{who}: {why}, and it asks for {seconds:,.0f} s. No client waits that long."
    return "" if last else f"Waiting {seconds:.0f} s: {why} ({who}). Then it is tried again."


def retry_after(response: httpx2.Response) -> float | None:
    """Seconds that a reply asks to wait; None where it names none, or a date."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            return float(response.headers[name]) * unit
        except (KeyError, ValueError):
            continue
    return None
