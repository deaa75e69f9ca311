"""Judging: what a judge prompt gives to judge, the scale of its verdict, and the evidence for one."""
