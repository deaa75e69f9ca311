"""The files that `workbook poc new error_logs` writes for a team to change: its categories, and what must not leave."""

from __future__ import annotations

CATEGORIES = """\
# Your categories: two to nine, each with a name and a definition. The model goes by the definitions: write your own.
# Say what belongs there and who acts, not how bad it is. Where two people would disagree, a model will too.
- name: access
  definition: >-
    Somebody, or a program acting for somebody, could not prove who they are or has no right to do what they tried.
    The identity desk acts: it resets, grants or takes away.
- name: data
  definition: >-
    What was received or stored is itself wrong, incomplete or unreadable, and trying once more changes nothing.
    The people who own the content act: they correct it where it came from.
- name: capacity
  definition: >-
    More was asked for than the machinery could take at that moment: it became slow, was put aside or failed.
    The platform crew acts: it adds room, spreads the load or moves limits.
"""

REDACTION = """\
# What must not leave and only you know: names of ships, wards, tenants; order numbers. Hosts, addresses, e-mails, keys,
# cards and paths are replaced without a rule. What fits a pattern becomes <NAME>. Two examples, to uncomment:
# - name: ORDER
#   pattern: '\\bORD-\\d{6}\\b'
# - name: WARD
#   pattern: '\\bward [A-Z]\\d?\\b'
"""

FILES = {"categories.yaml": CATEGORIES, "redaction.yaml": REDACTION}
# Without labels of its own a team begins without: the sample's are of other lines.
BEGINS = {"categories": "categories.yaml", "redaction_rules": "redaction.yaml", "gold_path": ""}
