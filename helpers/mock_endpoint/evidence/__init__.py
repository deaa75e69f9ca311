"""How much speaks for something: an answer, a label, an order obeyed, a harm."""
