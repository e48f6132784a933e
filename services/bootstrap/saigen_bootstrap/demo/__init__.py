"""The demo: a project with real data in a named version, and one trained run, so that the first look is not empty."""

from .demo import Demo

__all__ = ["Demo"]
