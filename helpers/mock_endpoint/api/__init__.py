"""What clients speak: bodies in, replies out, in the shapes of OpenAI's and Azure OpenAI's API."""
