"""A body that arrives chunk by chunk, on its way to the storage: in parts, at most two of them in memory at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from typing import Any

from saigen_tracking.storage import Storage

# S3 takes 10,000 parts: 78 GiB in one stream. Larger files go in parts by signed URL, as plain clients do from 500 MB.
PART_BYTES = 8 * 1024 * 1024
_PARTS_AT_ONCE = 8
_in_flight = asyncio.Semaphore(_PARTS_AT_ONCE)


async def upload_stream(storage: Storage, key: str, chunks: AsyncIterable[bytes]) -> None:
    """Store everything that comes as one object, or nothing: a stream that breaks off leaves no object behind.

    Raises:
        botocore errors: the storage refused.
    """
    upload = _Upload(storage, key)
    try:
        async for chunk in chunks:
            await upload.add(chunk)
        await upload.finish()
    except BaseException:
        await asyncio.shield(upload.abandon())
        raise


class _Upload:
    def __init__(self, storage: Storage, key: str) -> None:
        self._client = storage.client
        self._where = {"Bucket": storage.settings.bucket, "Key": key}
        self._waiting: list[bytes] = []
        self._size = 0
        self._id: str | None = None
        self._parts: list[dict[str, Any]] = []
        self._sending: asyncio.Task[None] | None = None

    async def add(self, chunk: bytes) -> None:
        self._waiting.append(chunk)
        self._size += len(chunk)
        if self._size >= PART_BYTES:
            await self._send_part()

    async def finish(self) -> None:
        if self._id is None:
            await asyncio.to_thread(self._client.put_object, **self._where, Body=b"".join(self._waiting))
            return
        if self._size:
            await self._send_part()
        await self._sent()
        parts = {"Parts": self._parts}
        await asyncio.to_thread(
            self._client.complete_multipart_upload, **self._where, UploadId=self._id, MultipartUpload=parts
        )

    async def abandon(self) -> None:
        if self._sending is not None:
            await asyncio.wait([self._sending])
        if self._id is not None:
            await asyncio.to_thread(self._client.abort_multipart_upload, **self._where, UploadId=self._id)

    async def _send_part(self) -> None:
        data = b"".join(self._waiting)
        self._waiting, self._size = [], 0
        if self._id is None:
            begun = await asyncio.to_thread(self._client.create_multipart_upload, **self._where)
            self._id = begun["UploadId"]
        await self._sent()
        self._sending = asyncio.create_task(self._put(len(self._parts) + 1, data))

    async def _sent(self) -> None:
        if self._sending is not None:
            await self._sending

    async def _put(self, number: int, data: bytes) -> None:
        async with _in_flight:
            named: dict[str, Any] = {**self._where, "PartNumber": number, "UploadId": self._id, "Body": data}
            stored = await asyncio.to_thread(self._client.upload_part, **named)
        self._parts.append({"PartNumber": number, "ETag": stored["ETag"]})
