from .candidate import Candidate
def chat(p,m): return [Candidate('I am an offline simulation: I answer from the text that you send me.',0.0)]
