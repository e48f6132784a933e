"""The tracking server, as the client uses it."""

from saigen.tracking.runs import LoggedModel, ModelVersion, Point, Run, StoredModel
from saigen.tracking.server import Tracking

__all__ = ["LoggedModel", "ModelVersion", "Point", "Run", "StoredModel", "Tracking"]
