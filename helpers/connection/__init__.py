"""The way to an endpoint, from settings to the clients that people use anyway.

    opening      where the endpoint is: address, key, certificates, a recording instead of it; and its ledger
    network      through which proxy, trusting whose certificates
    sign_in      a token of Entra ID instead of a key
    sdks         clients of the openai package and of LangChain, for either of Azure's routes
    clients      the HTTP client in all of them; on its way through it a call meets
      exchanges    those who watch it, and may have kept its reply: then it is not paid for again
      (ledger)     helpers.ledger, which counts it and stops it when the money is spent
      waiting      a word while a used-up quota makes it wait
      errors       what a failed connection says, by its cause
      masking      keys hidden in what is refused, shown or stored
    causes       why a call failed, and the next step: one table for errors, doctor and lesson
    abilities    what a model can: pictures, tools, JSON schemas
    recordings   a live run as a folder, replayed where there is no network

It knows no lesson, no exercise and no command. The ledger does not know it.
"""
