"""Where the API lives: OpenAI's address, Azure's of version 1, and Azure's by deployment."""

V1 = ("/v1", "/openai/v1")
AZURE = "/openai"
BY_DEPLOYMENT = f"{AZURE}/deployments/{{deployment}}"
EVERYWHERE = (*V1, BY_DEPLOYMENT)
