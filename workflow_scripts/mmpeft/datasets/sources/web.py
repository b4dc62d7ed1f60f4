"""Files at plain addresses, or at the same addresses on a mirror."""

import os
from urllib.parse import urlsplit

from mmpeft.datasets.sources.download import RemoteFile
from mmpeft.datasets.sources.source import WebSource

# Base address of a mirror that has files at <host>/<path>, as HF_ENDPOINT is one for the hub.
MIRROR = "MMPEFT_MIRROR"


def files(source: WebSource) -> list[RemoteFile]:
    """The files of a source; their publishers give no checksums."""
    return [
        RemoteFile(name=urlsplit(url).path.rpartition("/")[2], url=_mirrored(url))
        for url in source.urls
    ]


def _mirrored(url: str) -> str:
    mirror = os.environ.get(MIRROR)
    if not mirror:
        return url
    parts = urlsplit(url)
    return f"{mirror.rstrip('/')}/{parts.netloc}{parts.path}"
