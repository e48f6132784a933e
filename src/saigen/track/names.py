"""What marks a run, model or version as brought from elsewhere. The server lets nobody write such a tag twice."""

from __future__ import annotations

SOURCE = "saigen.imported"  # id that it had where it came from
COMPLETE = "saigen.imported.complete"  # set last, when everything was compared and is there
USER = "saigen.imported.user"  # whom the folder names as its author; nobody has verified that
CREATED = "saigen.imported.created"  # when it was made there, where the server keeps no time but its own
ALIASES = "saigen.imported.aliases"
STAGE = "saigen.imported.stage"
KEPT = "saigen/imported.json"  # artifact of a run: what the server has no place for
