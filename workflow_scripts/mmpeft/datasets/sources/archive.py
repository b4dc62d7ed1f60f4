"""Zip files, read in place: no member is ever written to disk, wherever its name points to."""

import json
import stat
import zipfile
from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Any

from mmpeft.datasets.sources.source import NoDataError, SourceError, reading

IMAGE_BYTES = 64 * 2**20
# The largest annotation file, of the VQA v2.0 training split, has about 400 MB.
TEXT_BYTES = 2 * 2**30


class ArchiveError(SourceError):
    """An archive, or a member of it, that is broken or unsafe."""


class Archive:
    """Files of a zip archive by path, or by their name alone where `by_name` is set.

    Raises ArchiveError if it is no zip file, or if a member is a link, is encrypted, or has a path
    that leaves the folder it would be unpacked in.
    """

    def __init__(self, path: Path, *, by_name: bool = False) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError) as error:
            with path.open("rb") as file:
                start = file.read(16)
            raise ArchiveError(f"{path.name}: {error} (it starts with {start!r})") from None
        members = [one for one in self._zip.infolist() if not one.is_dir()]
        for member in members:
            if reason := _unsafe(member):
                self.close()
                raise ArchiveError(f"{path.name}: member {member.filename!r} {reason}")
        # macOS adds a shadow of every file
        members = [one for one in members if not one.filename.startswith("__MACOSX/")]
        names = [_last(one) if by_name else one.filename for one in members]
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            self.close()
            raise ArchiveError(f"{path.name}: {twice[0]!r} occurs twice")
        self._members = dict(zip(names, members, strict=True))

    @property
    def names(self) -> list[str]:
        """Names of all files, in the order of the archive."""
        return list(self._members)

    def read(self, name: str, limit: int) -> bytes:
        """Bytes of a file, at most `limit`.

        Raises KeyError if there is no such file, and ArchiveError if it is larger or broken.
        """
        member = self._members[name]
        if member.file_size > limit:
            raise ArchiveError(
                f"{self.path.name}: {name!r} unpacks to {member.file_size} bytes, over {limit}"
            )
        try:
            # never more than the size it declares, and checked against its CRC
            return self._zip.read(member)
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as error:
            raise ArchiveError(f"{self.path.name}: {name!r} is broken: {error}") from None

    def read_json(self, name: str) -> Any:
        """Content of a JSON file; raises NoDataError if it is not there or is not JSON."""
        if name not in self._members:
            few = ", ".join(self.names[:5])
            raise NoDataError(f"{self.path.name} has no {name}; its first files are {few}")
        with reading(f"{self.path.name}: {name!r}"):
            return json.loads(self.read(name, TEXT_BYTES))

    def close(self) -> None:
        """Close the file."""
        self._zip.close()


def _last(member: zipfile.ZipInfo) -> str:
    return PurePosixPath(member.filename).name


def _unsafe(member: zipfile.ZipInfo) -> str | None:
    name = member.filename
    if name.startswith("/") or "\\" in name or ":" in name.split("/")[0]:
        return "has an absolute or foreign path"
    if ".." in name.split("/"):
        return "leaves its folder"
    if stat.S_ISLNK(member.external_attr >> 16):
        return "is a link"
    if member.flag_bits & 0x1:
        return "is encrypted"
    return None
