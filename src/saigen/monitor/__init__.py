"""What models do in production: recorded on monitoring branches, checked against what they were trained on.

from saigen.monitor import Logger      in a service; imports nothing heavy
"""

from __future__ import annotations

from typing import Any

__all__ = ["Logger"]


def __getattr__(name: str) -> Any:
    if name != "Logger":
        raise AttributeError(f"module 'saigen.monitor' has no attribute {name!r}")
    from saigen.monitor.logger import Logger

    return Logger
