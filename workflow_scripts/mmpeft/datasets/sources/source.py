"""What a source is: files of one publisher, on the hub or on plain web addresses."""

from dataclasses import dataclass


class SourceError(Exception):
    """A source that cannot be fetched or is not what it was; says what to do."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """`title`: what it holds; `page`: who publishes it, and where; `licence`: as stated there."""

    name: str
    title: str
    page: str
    licence: str


@dataclass(frozen=True, kw_only=True)
class HubSource(Source):
    """Files of a dataset repository on the hub that match `patterns`, at one commit."""

    repo: str
    patterns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class WebSource(Source):
    """Files at plain addresses, each kept under the last part of its address."""

    urls: tuple[str, ...]
