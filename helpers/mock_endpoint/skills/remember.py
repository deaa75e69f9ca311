def answer_from_passages(p,m): return None
chat=remember=say_literally=summarise=answer_from_passages
