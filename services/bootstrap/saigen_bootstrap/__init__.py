"""Bootstrap: reads infra/team.yaml and what is, compares them, and makes the team real."""

__version__ = "0.1.0"
