"""Puts bottlenecks into a model; peft's `BaseTuner` does the matching, freezing and saving."""

import re
from typing import Any

from peft.tuners.tuners_utils import BaseTuner
from torch import nn

from mmpeft.methods.adapter.config import BottleneckConfig
from mmpeft.methods.adapter.layer import NO_MERGE, BottleneckLinear


class BottleneckModel(BaseTuner):
    """The tuner of `BottleneckConfig`."""

    prefix = "bottleneck_"
    tuner_layer_cls = BottleneckLinear

    def _create_and_replace(
        self,
        peft_config: BottleneckConfig,
        adapter_name: str,
        target: nn.Module,
        target_name: str,
        parent: nn.Module,
        current_key: str,
        parameter_name: str | None = None,
    ) -> None:
        if isinstance(target, BottleneckLinear):
            target.update_layer(adapter_name, peft_config)
            target.set_adapter(self.active_adapters)
        elif isinstance(target, nn.Linear):
            after = re.fullmatch(peft_config.after_modules, current_key) is not None
            layer = BottleneckLinear(target, adapter_name, peft_config, after=after)
            self._replace_module(parent, target_name, layer, target)
        else:
            raise TypeError(
                f"a bottleneck adapter needs a linear map, but {current_key} is a "
                f"{type(target).__name__}"
            )

    def _check_merge_allowed(self) -> None:
        raise NotImplementedError(NO_MERGE)

    def merge_adapter(self, *args: Any, **kwargs: Any) -> None:
        """Raise NotImplementedError, as `merge_and_unload` does."""
        self._check_merge_allowed()
