"""What a person's plain tools need: environment variables, and how they are printed."""

from .environment import Account, person_environment
from .show import as_exports, show_credentials

__all__ = ["Account", "as_exports", "person_environment", "show_credentials"]
