"""Files at plain addresses: downloads that go on where they were cut off.

`huggingface_hub` has a downloader for any address, with resuming, retries and a check of the size;
it is used here rather than a second one.
"""

import os
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.file_download import http_get

from mmpeft.datasets.sources.source import SourceError, WebSource

# Base address of a mirror that keeps files under <host>/<path>; HF_ENDPOINT does this for the hub.
MIRROR = "MMPEFT_MIRROR"

_RANGE_NOT_SATISFIABLE = 416


def file_name(url: str) -> str:
    """Name that a file is kept under."""
    return urlsplit(url).path.rpartition("/")[2]


def download(source: WebSource, folder: Path) -> list[str]:
    """Download what is missing in `folder`; returns the names of all files of the source.

    Raises SourceError; what has come in until then stays, and the next call goes on from there.
    """
    for url in source.urls:
        _download_file(_mirrored(url), folder / file_name(url))
    return [file_name(url) for url in source.urls]


def _mirrored(url: str) -> str:
    mirror = os.environ.get(MIRROR)
    if not mirror:
        return url
    parts = urlsplit(url)
    return f"{mirror.rstrip('/')}/{parts.netloc}{parts.path}"


def _download_file(url: str, path: Path) -> None:
    if path.exists():
        return
    part = path.with_name(f"{path.name}.incomplete")
    try:
        with part.open("ab") as file:
            http_get(url, file, resume_size=file.tell())
    except HfHubHTTPError as error:
        response = error.response
        if response.status_code == _RANGE_NOT_SATISFIABLE and part.stat().st_size:
            # the part is as long as the file or longer: there is nothing to resume
            part.unlink()
            _download_file(url, path)
            return
        if not part.stat().st_size:
            part.unlink()
        raise SourceError(
            f"{url} answered {response.status_code} {response.reason_phrase}"
        ) from None
    except (httpx2.HTTPError, OSError) as error:
        kept = part.stat().st_size
        raise SourceError(
            f"{url}: {error}; {kept} bytes are kept, the next attempt goes on from there"
        ) from None
    part.replace(path)
