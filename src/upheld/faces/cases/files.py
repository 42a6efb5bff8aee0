"""Tell what a file is by its first bytes, and hand it out as a download that no browser opens by itself.

What a browser or a customer calls a file counts for nothing: a page in a picture's clothes would run with our address.
"""

from __future__ import annotations

import codecs
from typing import Any

from django.http import HttpResponse
from django.utils.http import content_disposition_header

_BINARY = "application/octet-stream"
_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"OggS", "audio/ogg"),
    (b"ID3", "audio/mpeg"),
    (b"\xff\xfb", "audio/mpeg"),
)


def kept_type(content: bytes) -> str:
    """Name the type of a file by its first bytes: a few kinds that customers send, plain text, else unknown bytes."""
    for beginning, name in _BEGINNINGS:
        if content.startswith(beginning):
            return name
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "audio/wav"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if content[4:8] == b"ftyp":
        return "video/mp4"
    return "text/plain" if _is_text(content) else _BINARY


def _is_text(content: bytes) -> bool:
    """Tell whether bytes are readable text without any sign of markup, which a browser might take for a page."""
    head = content[:4096]
    if b"\0" in head or b"<" in head:
        return False
    try:
        # The head may end within a character.
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(content) == len(head))
    except UnicodeDecodeError:
        return False
    return True


def download(attachment: Any) -> HttpResponse:
    """Answer with a file as an attachment: never shown inline, never guessed at, never kept by a cache."""
    response = HttpResponse(bytes(attachment.content), content_type=attachment.content_type)
    response.headers["Content-Disposition"] = _disposition(attachment.name)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _disposition(name: str) -> str:
    """Write the name for the browser, in the way that holds Chinese ones; no quote or line end gets through."""
    plain = "".join(sign for sign in name if sign.isprintable()).replace("/", "_").replace("\\", "_")
    return content_disposition_header(True, plain or "file") or "attachment"
