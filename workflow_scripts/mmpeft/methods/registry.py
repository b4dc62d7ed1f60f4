"""The four methods of the paper, by name."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from mmpeft.methods.bottleneck import Adapter
from mmpeft.methods.ia3 import Ia3
from mmpeft.methods.lora import Lora
from mmpeft.methods.method import Method
from mmpeft.methods.prefix import Prefix

METHODS: Mapping[str, type[Method]] = {
    method.name: method for method in (Adapter, Lora, Ia3, Prefix)
}


def parse_method(settings: Mapping[str, Any]) -> Method:
    """The method that `settings` (`name` and its options) describe.

    A None stands for "this method has no such option". Raises ValueError for an unknown method, an
    option that it lacks or needs, or a value out of range.
    """
    options = {key: value for key, value in settings.items() if value is not None}
    name = options.pop("name", None)
    if name not in METHODS:
        raise ValueError(f"method.name must be one of {', '.join(METHODS)}, got {name}")
    known = {field.name for field in fields(METHODS[name])}
    if unknown := sorted(options.keys() - known):
        raise ValueError(
            f"method {name} has no option {', '.join(unknown)}; it has {', '.join(sorted(known))}"
        )
    try:
        return METHODS[name](**options)
    except TypeError as error:  # the dataclass names the option that is missing
        raise ValueError(f"method {name}: {error}") from error
