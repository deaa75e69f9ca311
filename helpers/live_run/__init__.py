"""`workbook test --endpoint PROFILE`: the worked notebooks on a live endpoint, and what their exercises scored there.

journal    in the kernel: counts each call, keeps its reply until the notebook is done, tries again, stops at a budget
estimate   calls, tokens, time and money, from a run on the mock
running    one notebook after the other; a run that was killed goes on where it stopped
report     the table, as markdown and JSON
"""
