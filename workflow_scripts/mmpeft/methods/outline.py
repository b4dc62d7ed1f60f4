"""What models are made of and where the methods sit in them, read off their module trees.

Models are built without weights, on torch's meta device, so that one of any size takes no memory.
"""

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from peft.tuners.ia3.layer import IA3Layer
from peft.tuners.lora.layer import LoraLayer
from torch import nn
from transformers import AutoConfig, AutoModelForImageTextToText, PreTrainedModel

import mmpeft.models.qwen_vl  # noqa: F401 - registers its classes
from mmpeft.files import write_json
from mmpeft.methods.adapter.layer import BottleneckLinear
from mmpeft.methods.attach import attach
from mmpeft.methods.groups import BASE_GROUPS, base_parameters, trainable_parameters
from mmpeft.models.families import family_of
from mmpeft.models.family import Family

Record = dict[str, Any]


def describe(settings: Mapping[str, Any], out: Path) -> list[Record]:
    """Write the outline of each model of `settings` (`Study.outline_settings`) as JSON."""
    outlines = [outline(model, settings["methods"]) for model in settings["models"]]
    write_json(out, outlines)
    return outlines


def outline(model: Mapping[str, str], methods: Iterable[Mapping[str, Any]]) -> Record:
    """The parts of a model, one of its decoder layers, and what each method adds there.

    model: `name`, `family`, and `base`, a folder with a config. methods: settings of methods, each
    at one location; of several for one method the first is its default. Sites are named relative
    to the layer, those of the default first; shapes are (out, in), as torch has them.
    """
    family = family_of(model)
    attached: dict[str, list[Record]] = {}
    with torch.device("meta"):
        base = _without_weights(model["base"])
        for method in methods:
            tuned = attach(_without_weights(model["base"]), family, _settings(method))
            attached.setdefault(method["name"], []).append(_inserted(tuned, family))
    return {
        "model": model["name"],
        "family": family.name,
        "class": type(base).__name__,
        "parts": _parts(base, family),
        "layer": _layer(base, family),
        "methods": [
            {
                "method": name,
                "parameters": found[0]["parameters"],
                "sites": _merged([one["sites"] for one in found]),
            }
            for name, found in attached.items()
        ],
    }


def _without_weights(base: str) -> PreTrainedModel:
    config = AutoConfig.from_pretrained(base, local_files_only=True)
    return AutoModelForImageTextToText.from_config(config)


def _settings(method: Mapping[str, Any]) -> Record:
    """Settings of a run that trains the method alone."""
    return {"method": method, **dict.fromkeys(BASE_GROUPS, "frozen"), "seeds": {"init": 0}}


def _parts(base: PreTrainedModel, family: Family) -> Record:
    """Visual encoder, connector and language model, with the parameters that each of them has."""
    named = dict(base.named_parameters())
    layer = next(iter(_decoder_layers(base, family)))
    # where the connector sits, also if a run's "connector" means something else
    family = replace(family, connector=next(iter(family.connectors)))
    connector = base_parameters(base, family, "connector").keys()
    visual = {n for n in named if re.fullmatch(family.visual_encoder.pattern, n)} - connector
    language = named.keys() - connector - visual
    return {
        "visual_encoder": _part(base, _common_module(visual), visual),
        "connector": _part(base, _common_module(connector), connector),
        # the module that holds the list of layers
        "language_model": _part(base, layer.rsplit(".", maxsplit=2)[0], language),
    }


def _part(base: PreTrainedModel, place: str, names: Iterable[str]) -> Record:
    """The module at `place`: its class, its number of layers, the parameters of `names`."""
    module = base.get_submodule(place)
    lists = (child for child in module.modules() if isinstance(child, nn.ModuleList))
    return {
        "module": place,
        "class": type(module).__name__,
        "layers": len(next(lists, ())),
        "parameters": sum(base.get_parameter(name).numel() for name in names),
    }


def _common_module(names: Iterable[str]) -> str:
    """The innermost module that holds all of these parameters."""
    return os.path.commonpath([name.replace(".", "/") for name in names]).replace("/", ".")


def _decoder_layers(base: nn.Module, family: Family) -> dict[str, nn.Module]:
    return {
        name: module
        for name, module in base.named_modules()
        if re.fullmatch(family.decoder_layer, name)
    }


def _layer(base: nn.Module, family: Family) -> Record:
    """One decoder layer: its blocks, and the linear maps of each in the order of the tree."""
    layers = _decoder_layers(base, family)
    first = next(iter(layers.values()))
    blocks = []
    for name, block in first.named_children():
        linears = [
            {"name": inner, "shape": list(module.weight.shape)}
            for inner, module in block.named_modules()
            if isinstance(module, nn.Linear)
        ]
        if linears:
            blocks.append({"name": name, "class": type(block).__name__, "linears": linears})
    return {"class": type(first).__name__, "number": len(layers), "blocks": blocks}


def _inserted(tuned: PeftModel, family: Family) -> Record:
    """What a method has put into the first decoder layer, and how many scalars it trains."""
    own = [(name, p) for group, name, p in trainable_parameters(tuned, family) if group == "method"]
    if tuned.active_peft_config.is_prompt_learning:
        block = family.targets("attn")[0].path.partition(".")[0]
        sites = [_site(block, "keys and values", own)]
    else:
        first = next(iter(_decoder_layers(tuned.get_base_model(), family).values()))
        sites = [
            _site(name, _place(module), module.named_parameters())
            for name, module in first.named_modules()
            if isinstance(module, BottleneckLinear | LoraLayer | IA3Layer)
        ]
    return {"parameters": sum(parameter.numel() for _, parameter in own), "sites": sites}


def _site(module: str, place: str, parameters: Iterable[tuple[str, nn.Parameter]]) -> Record:
    """lora_A.default.weight is a tensor called lora_A here."""
    tensors = [
        {"name": name.partition(".")[0], "shape": list(parameter.shape)}
        for name, parameter in parameters
        if parameter.requires_grad
    ]
    return {"module": module, "place": place, "tensors": tensors}


def _place(module: nn.Module) -> str:
    """Where a method's layer acts: on the input or the output of its linear map, or beside it."""
    if isinstance(module, BottleneckLinear):
        return "output" if module.after else "input"
    if isinstance(module, IA3Layer):
        return "input" if module.is_feedforward else "output"
    return "beside"


def _merged(sites: list[list[Record]]) -> list[Record]:
    """All sites, each once; those of the first list are the default ones."""
    found = {site["module"]: {**site, "default": True} for site in sites[0]}
    for site in (site for more in sites[1:] for site in more):
        found.setdefault(site["module"], {**site, "default": False})
    return list(found.values())
