"""What lies near what: embeddings, and what a model of a given size sees of them."""
