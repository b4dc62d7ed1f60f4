"""What a source is: files of one publisher, on the hub or on plain web addresses."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


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

    repo: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class WebSource(_Published):
    """Files at plain addresses, each kept under the last part of its address."""

    urls: tuple[str, ...]


Source = HubSource | WebSource
