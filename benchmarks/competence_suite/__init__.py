"""The competence suite: cases, how a reply is scored, who is asked, what varying one thing in a prompt is worth.

`cases` reads the JSON of benchmarks/competence; `scoring` judges a reply by properties that a program can check;
`asking` sends cases to any OpenAI-compatible server; `mechanism` holds the comparisons; `page` writes the docs page
from the stored results alone.
"""
