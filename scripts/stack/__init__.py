"""Looks at a running stack for the verbs in scripts/: what is wrong with it, and where it is.

Only the standard library and Python 3.9, as scripts/preflight.
"""
