"""The answer that a model is trained to give, per kind of dataset."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from mmpeft.datasets import prompts


def letter(row: Mapping[str, Any]) -> str:
    """The letter of the right option."""
    return prompts.OPTION_LETTERS[row["choices"].index(row["answers"][0])]


def majority(row: Mapping[str, Any]) -> str:
    """The most frequent answer; among equals the one that comes first."""
    return Counter(row["answers"]).most_common(1)[0][0]


def one_reference(row: Mapping[str, Any]) -> str:
    """One of the reference captions, fixed for each image."""
    return prompts.pick(tuple(row["references"]), f"reference of {row['id']}")
