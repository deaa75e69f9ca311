"""The exercises, one file a lesson, named like it. Each stands on helpers.grading and on nothing else of its lesson."""
