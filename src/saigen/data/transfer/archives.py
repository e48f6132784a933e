"""Small objects, many in one request: an archive that the storage takes apart.

An object of some kilobytes costs more by its request, in the client, the gateway and the storage, than by its content.
MinIO makes objects of the files of a tar archive, as AWS's Snowball does. The platform's own storage leaves those alone
that are there, and says so at its endpoint; any other storage gets one request for each object.
"""

from __future__ import annotations

import io
import json
import ssl
import tarfile
import urllib.request
from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from saigen.data.transfer.access import Access
from saigen.platform import WELL_KNOWN

LARGEST = 128 << 10  # bytes of a file that travels in an archive: the storage writes those side by side
NAME = "saigen.tar"  # by which a storage is asked; no object of that name comes to be
FEWEST = 32  # objects for which it is worth asking
_SIZE = 1 << 20  # bytes of an archive: the storage verifies it whole before it makes objects, in little memory
_BLOCK = 512  # bytes: tar's unit. A file takes one for its header, and whole ones for its content
_ANSWER = 4096  # bytes that are read of what the endpoint says
_TIMEOUT = 5.0  # seconds


def offered(access: Access) -> bool:
    """Whether the storage at this endpoint says that it takes archives, and leaves alone what is there."""
    if not access.endpoint or urlsplit(access.endpoint).scheme not in {"http", "https"} or not access.verify:
        return False
    try:
        trust = ssl.create_default_context(cafile=access.ca) if access.endpoint.startswith("https:") else None
        url = access.endpoint.rstrip("/") + WELL_KNOWN + "/storage"
        with urllib.request.urlopen(url, timeout=_TIMEOUT, context=trust) as answer:  # noqa: S310  the scheme was checked
            said = json.loads(answer.read(_ANSWER))
    except (OSError, ValueError):
        return False  # another storage, which says no in its own way
    return isinstance(said, dict) and said.get("archives") == "create-only"


def headers(prefix: str) -> dict[str, str]:
    """Metadata of the request that make an archive of its body. `prefix`: what the files' names follow, or nothing."""
    below = {"minio-snowball-prefix": prefix} if prefix else {}
    return {"snowball-auto-extract": "true", **below}


def parcels(sizes: Iterable[tuple[str, int]]) -> Iterator[list[str]]:
    """What travels together: files in the order given, as many as fit into one archive; large ones alone.

    Args:
        sizes: name and bytes of each file.
    """
    parcel: list[str] = []
    room = _room()
    for name, size in sizes:
        if size > LARGEST:
            yield [name]
            continue
        taken = _BLOCK * (1 + -(-size // _BLOCK))
        if taken > room:
            yield parcel
            parcel, room = [], _room()
        parcel.append(name)
        room -= taken
    if parcel:
        yield parcel


def packed(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A tar archive of files, by name and content."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in files:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


def _room() -> int:
    return _SIZE - tarfile.RECORDSIZE  # tar fills its last record up
