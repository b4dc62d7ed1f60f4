"""One error for a bad study: every fault with its key, its value and what would be legal."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from types import UnionType
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mmpeft.study.config import EVERY_METHOD, StudyConfig


class StudyError(ValueError):
    """A study that cannot be run; `problems` holds one line per fault."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        head = f"the study has {count} fault{'s' if count > 1 else ''}:"
        super().__init__("\n  - ".join((head, *self.problems)))


def legal(value: object, values: Iterable[str]) -> str:
    """Say what would have been legal in place of `value`, the likeliest first if it is a typo."""
    names = list(values)
    guess = get_close_matches(str(value), names, n=1)
    hint = f" (did you mean {guess[0]!r}?)" if guess else ""
    return f"legal: {', '.join(names) or 'nothing'}{hint}"


def problems_of(error: ValidationError) -> list[str]:
    """Put pydantic's findings into the words of a study file."""
    return [_problem(details) for details in error.errors()]


def _problem(details: ErrorDetails) -> str:
    steps, beside = _keys_of_file(
        step for step in details["loc"] if step not in ("[key]", EVERY_METHOD)
    )
    key = _dotted(steps) or "the study"
    value = details["input"]
    match details["type"]:
        case "extra_forbidden":
            return f"{key}: unknown key; {legal(steps[-1], beside)}"
        case "missing":
            return f"{key}: missing, but required"
        case "literal_error":
            choices = details["ctx"]["expected"].replace("'", "").replace(" or ", ", ").split(", ")
            return f"{key}: {value!r} is not possible; {legal(value, choices)}"
        case "union_tag_not_found":
            return f"{key}.kind: missing, but required"
        case "union_tag_invalid":
            kinds = details["ctx"]["expected_tags"].replace("'", "").split(", ")
            given = details["ctx"]["tag"]
            return f"{key}.kind: {given!r} is not possible; {legal(given, kinds)}"
        case "string_pattern_mismatch":
            return f"{key}: {value!r} must match {details['ctx']['pattern']}"
        case "value_error":
            return f"{key}: {value!r}: {details['ctx']['error']}"
        case "float_type" | "int_type" if isinstance(value, str):
            return f"{key}: {value!r} is text, not a number{_yaml_float(value)}"
        case "list_type":
            return f"{key}: {value!r} is not a list; write [{value}]"
        case "too_short":
            return f"{key}: is empty; give at least one entry"
        case "dict_type" | "model_type":
            return f"{key}: {value!r} is not a mapping of keys to values"
        case _:
            message = details["msg"]
            return f"{key}: {value!r} is not possible; {message[0].lower()}{message[1:]}"


def _dotted(steps: Sequence[int | str]) -> str:
    text = ""
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.removeprefix(".")


def _yaml_float(text: str) -> str:
    """YAML 1.1 reads 1e-4 as text; a float needs the point."""
    mantissa, e, exponent = text.partition("e")
    if e and "." not in mantissa and mantissa.isdigit():
        return f"; write {mantissa}.0e{exponent}"
    return ""


def _keys_of_file(steps: Iterable[int | str]) -> tuple[list[int | str], list[str]]:
    """Those of `steps` that are keys of the file, and the keys beside the last of them.

    Behind the key of a value of several kinds pydantic puts its kind, which is no key.
    """
    node: Any = StudyConfig
    keys: list[int | str] = []
    beside: list[str] = []
    for step in steps:
        if get_origin(node) is Annotated:
            node = get_args(node)[0]
        if isinstance(node, UnionType) and step in (kinds := _kinds(node)):
            node = kinds[step]
            continue
        keys.append(step)
        fields = node.model_fields if _is_model(node) else {}
        beside = list(fields)
        if get_origin(node) is dict:
            node = get_args(node)[1]
        else:
            node = fields[step].annotation if step in fields else None
            if isinstance(node, UnionType) and not _kinds(node):  # of `Part | None` the part
                node = next((one for one in get_args(node) if _is_model(one)), node)
    return keys, beside


def _kinds(union: UnionType) -> dict[str, type[BaseModel]]:
    """Models of a union by their `kind`."""
    models = [one for one in get_args(union) if _is_model(one) and "kind" in one.model_fields]
    return {get_args(one.model_fields["kind"].annotation)[0]: one for one in models}


def _is_model(node: Any) -> bool:
    return isinstance(node, type) and issubclass(node, BaseModel)
