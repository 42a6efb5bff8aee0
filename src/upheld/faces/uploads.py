"""Stop an upload that is larger than any form of ours takes, before it fills the disk.

Django reads a form's files before the view is asked, to find the form's token among them. So the bound stands here, for
all forms together; a view that takes less says so itself.
"""

from __future__ import annotations

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload

MOST_BYTES = 32 * 1024 * 1024
_STOPPED = "upload_stopped"


class BoundedUpload(FileUploadHandler):
    """Count what comes in and stop beyond the bound; `was_stopped` then tells the view."""

    def __init__(self, request: Any = None) -> None:
        """Begin to count."""
        super().__init__(request)
        self.bytes = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand the chunk on to the handlers that keep it, or stop."""
        self.bytes += len(raw_data)
        if self.bytes > MOST_BYTES:
            if self.request is not None:
                setattr(self.request, _STOPPED, True)
            raise StopUpload(connection_reset=False)
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the handlers that keep it."""
        return None


def was_stopped(request: Any) -> bool:
    """Tell whether this request's files were more than MOST_BYTES."""
    return bool(getattr(request, _STOPPED, False))
