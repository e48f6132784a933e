"""The declared team: the file, its schema, its errors, and the frozen model that the rest works with."""

from .load import load_team
from .model import Person, Project, Team

__all__ = ["Person", "Project", "Team", "load_team"]
