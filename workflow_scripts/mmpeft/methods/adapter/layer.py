"""A linear map with a bottleneck on its input or its output."""

from typing import Any

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import Tensor, nn

from mmpeft.methods.adapter.config import BottleneckConfig

STANDARD_DEVIATION = 0.02  # of the released code's initialisation
NO_MERGE = "a bottleneck adapter is not linear (tanh): it cannot be merged into the base weights"


class BottleneckLinear(nn.Module, BaseTunerLayer):
    """y = W f(x) or y = f(W x), with f(h) = h + up(tanh(down(dropout(h)))).

    Neither map of the bottleneck has a bias. Its weights stay float32 on a base of any precision;
    h keeps its own. The frozen W is `base_layer`.
    """

    adapter_layer_names = ("bottleneck_down", "bottleneck_up")
    other_param_names = ("bottleneck_dropout",)

    def __init__(
        self, base_layer: nn.Linear, adapter_name: str, config: BottleneckConfig, *, after: bool
    ) -> None:
        super().__init__()
        self.base_layer = base_layer
        self.after = after
        self.width = base_layer.out_features if after else base_layer.in_features
        self.bottleneck_down = nn.ModuleDict()
        self.bottleneck_up = nn.ModuleDict()
        self.bottleneck_dropout = nn.ModuleDict()
        self.update_layer(adapter_name, config)
        self.set_adapter(adapter_name, inference_mode=config.inference_mode)

    def update_layer(self, adapter_name: str, config: BottleneckConfig) -> None:
        """Add the bottleneck called `adapter_name`."""
        place = {"device": self.base_layer.weight.device, "dtype": torch.float32}
        down = nn.Linear(self.width, config.size, bias=False, **place)
        up = nn.Linear(config.size, self.width, bias=False, **place)
        nn.init.normal_(down.weight, std=STANDARD_DEVIATION)
        if config.initialisation == "zero":
            nn.init.zeros_(up.weight)
        else:
            nn.init.normal_(up.weight, std=STANDARD_DEVIATION)
        self.bottleneck_down[adapter_name] = down
        self.bottleneck_up[adapter_name] = up
        self.bottleneck_dropout[adapter_name] = nn.Dropout(config.dropout)

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        """x: [..., in]. Returns [..., out]."""
        if not self.after:
            x = self._bottleneck(x)
        y = self.base_layer(x, *args, **kwargs)
        return self._bottleneck(y) if self.after else y

    def _bottleneck(self, h: Tensor) -> Tensor:
        """h: [..., width]. Returns the same shape and dtype."""
        if self.disable_adapters:
            return h
        for name in self.active_adapters:
            if name in self.bottleneck_down:
                down, up = self.bottleneck_down[name], self.bottleneck_up[name]
                inner = self.bottleneck_dropout[name](h).to(down.weight.dtype)
                h = h + up(torch.tanh(down(inner))).to(h.dtype)
        return h

    def merge(self, safe_merge: bool = False, adapter_names: list[str] | None = None) -> None:
        """Raise NotImplementedError: no linear map equals one with a tanh in front or behind."""
        raise NotImplementedError(NO_MERGE)

    def unmerge(self) -> None:
        """Raise NotImplementedError: nothing can have been merged."""
        raise NotImplementedError("a bottleneck adapter is never merged")
