"""`workbook test --endpoint PROFILE`: the worked notebooks on a live endpoint, and what their exercises scored there.

estimate   calls, tokens, time and money, as each lesson's last build measured them
running    one notebook after the other; a run that was killed goes on where it stopped
results    what was found, kept after each notebook
report     the table, as markdown and JSON

A notebook's kernel counts its calls in the ledger, which also stops it at the budget, and keeps its replies by
helpers.connection.exchanges until the notebook is done; both are environment variables for connect().
"""
