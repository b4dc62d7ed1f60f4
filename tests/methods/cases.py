"""Every legal combination of model family, method, location, connector and visual encoder."""

from itertools import product
from typing import Any

METHOD_SETTINGS: dict[str, dict[str, Any]] = {
    "adapter": {"size": 3, "dropout": 0.05},
    "lora": {"size": 2, "alpha": 4.0, "dropout": 0.05},
    "ia3": {"size": None},
    "prefix": {"size": 3, "location": None},
}
LOCATED = ("adapter", "lora", "ia3")
PLACED = [*product(LOCATED, ("attn", "mlp", "both")), ("prefix", None)]
WIDEST = [*((method, "both") for method in LOCATED), ("prefix", None)]
TUNINGS = ("frozen", "tuned")


def settings(
    method: str,
    location: str | None,
    *,
    connector: str = "frozen",
    visual_encoder: str = "frozen",
    seed: int = 42,
) -> dict[str, Any]:
    return {
        "method": {"name": method, **METHOD_SETTINGS[method], "location": location},
        "connector": connector,
        "visual_encoder": visual_encoder,
        "seeds": {"init": seed, "order": 1, "subset": 1},
    }
