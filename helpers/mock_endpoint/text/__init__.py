"""Small textbook methods on words, sentences and values. None knows what a request is."""
