"""Grading the notebooks of many learners, each behind a fence, into one gradebook."""
