"""Where the API lives: OpenAI's address, Azure's of version 1, and Azure's older ones, which want an api-version."""

V1 = ("/v1", "/openai/v1")
AZURE = "/openai"
BY_DEPLOYMENT = f"{AZURE}/deployments/{{deployment}}"
EVERYWHERE = (*V1, BY_DEPLOYMENT)
WITHOUT_DEPLOYMENT = (*V1, "/openai")  # what Azure serves for a whole resource: responses, files, batches
