"""Download one file over HTTP, going on where an earlier attempt was cut off.

This is the downloader of `huggingface_hub`: it takes any address, retries, resumes and checks the
size. Its own `hf_hub_download` throws a part away when the process ends.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
from huggingface_hub.errors import HfHubHTTPError
from huggingface_hub.file_download import http_get

from mmpeft.datasets.sources.source import NoDataError, SourceError

_RANGE_NOT_SATISFIABLE = 416
# Answers that another attempt would get too: whoever asks has no right to the file, or it is not
# there. Others, as 408, 429 and 5xx, may pass.
_DEFINITE = frozenset((401, 403, 404, 410, 451))


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """`name`: path below the folder of its source; `size` in bytes where published.

    So are `sha256` and `blob`, the SHA-1 that git has of a file outside large-file storage.
    """

    name: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    size: int | None = None
    sha256: str | None = None
    blob: str | None = None


def download(remote: RemoteFile, folder: Path) -> None:
    """Download a file to its name below `folder`, unless it is there.

    A connection that breaks is taken up again as long as each attempt brings something. Raises
    NoDataError if the publisher says that there is no such file, or none for us, and SourceError
    for what may pass; what has come in until then stays in `<name>.incomplete`.
    """
    path = folder / remote.name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise SourceError(f"{remote.url}: {remote.name!r} would leave the folder of its source")
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.incomplete")
    part.touch()
    try:
        _complete(remote, part)
    except SourceError as error:
        kept = part.stat().st_size
        if not kept:
            part.unlink()
            raise
        raise type(error)(
            f"{error}; {kept} bytes are kept, and the next attempt goes on from there"
        ) from None
    part.replace(path)


def answered(what: str, error: HfHubHTTPError) -> SourceError:
    """What an answer that is none of success means: NoDataError where it is definite."""
    response = error.response
    kind = NoDataError if response.status_code in _DEFINITE else SourceError
    return kind(f"{what} answered {response.status_code} {response.reason_phrase}")


def _complete(remote: RemoteFile, part: Path) -> None:
    """Append to `part` what it lacks; raises SourceError."""
    before = part.stat().st_size
    try:
        with part.open("ab") as file:
            http_get(
                remote.url,
                file,
                resume_size=before,
                # compressed on the way, a part would not be a part of the file
                headers={**remote.headers, "Accept-Encoding": "identity"},
                expected_size=remote.size,
            )
    except HfHubHTTPError as error:
        status = error.response.status_code
        if status == _RANGE_NOT_SATISFIABLE and before:
            # as long as the file or longer, so that nothing is left to ask for
            part.unlink()
            part.touch()
            return _complete(remote, part)
        raise answered(remote.url, error) from error
    except httpx2.HTTPError as error:
        if part.stat().st_size > before:
            return _complete(remote, part)
        raise SourceError(f"{remote.url} broke off: {error or type(error).__name__}") from None
    except OSError as error:
        if remote.size is not None and (size := part.stat().st_size) >= remote.size:
            part.write_bytes(b"")
            raise SourceError(
                f"{remote.url} has {size} bytes, not {remote.size} as listed"
            ) from None
        raise SourceError(f"{remote.url} broke off: {error}") from None
