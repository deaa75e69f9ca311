"""The Responses API: its body read into a ChatRequest, its Response object, its events, and what it keeps."""
