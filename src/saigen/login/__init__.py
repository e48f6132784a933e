"""Who the person at this machine is, and on which platform."""

from saigen.login.profile import Profile, current, saved

__all__ = ["Profile", "current", "saved"]
