"""What a source is: files of one publisher, on the hub or on plain web addresses."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import filter as matching
from typing import ClassVar, Literal, Protocol


class SourceError(Exception):
    """A source that cannot be fetched, or is not what it should be; another attempt may do."""


class NoDataError(SourceError):
    """Data that cannot be had as asked for, however often it is tried."""


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Read records of a source: where they are not laid out as expected, NoDataError names them."""
    try:
        yield
    except KeyError as error:
        raise NoDataError(f"{what} lacks {error}") from None
    except (IndexError, TypeError, ValueError) as error:
        raise NoDataError(f"{what} is not laid out as expected: {error}") from None


class Repository(Protocol):
    """Files of a repository on the hub, at one commit."""

    @property
    def name(self) -> str:
        """Name of the source, and of its lock file."""

    @property
    def repo(self) -> str:
        """Id on the hub, owner/name."""

    @property
    def kind(self) -> Literal["dataset", "model"]:
        """What the hub calls the type of a repository."""

    def chosen(self, files: Sequence[str]) -> list[str]:
        """Of the files of the repository those of the source; raises NoDataError if any lacks."""


@dataclass(frozen=True, kw_only=True)
class _Published:
    """`title`: what it holds; `page`: who publishes it, and where; `licence`: as stated there."""

    name: str
    title: str
    page: str
    licence: str


@dataclass(frozen=True, kw_only=True)
class HubSource(_Published):
    """Files of a dataset repository on the hub that match `patterns`, at one commit."""

    kind: ClassVar[Literal["dataset"]] = "dataset"
    repo: str
    patterns: tuple[str, ...]

    def chosen(self, files: Sequence[str]) -> list[str]:
        """Files that match; raises NoDataError for a pattern that none does."""
        found = {pattern: matching(files, pattern) for pattern in self.patterns}
        for pattern, names in found.items():
            if not names:
                raise NoDataError(f"dataset {self.repo} has no file {pattern}")
        wanted = {name for names in found.values() for name in names}
        return [file for file in files if file in wanted]


@dataclass(frozen=True, kw_only=True)
class WebSource(_Published):
    """Files at plain addresses, each kept under the last part of its address."""

    urls: tuple[str, ...]


Source = HubSource | WebSource
