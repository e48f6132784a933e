"""The tracking server, as the client uses it."""

from saigen.tracking.runs import LoggedModel, Point, Run
from saigen.tracking.server import Tracking

__all__ = ["LoggedModel", "Point", "Run", "Tracking"]
