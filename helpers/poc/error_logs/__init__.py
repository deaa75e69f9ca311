"""The error-log analyst: a team's logs, sorted into its categories, with new ones proposed and plain words for business.
"""
