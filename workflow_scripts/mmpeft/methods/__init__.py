"""The PEFT methods: attach one to a model, save it, load it, count it."""

from mmpeft.methods.attach import attach
from mmpeft.methods.groups import parameter_groups, trainable_parameters
from mmpeft.methods.manifest import expected_parameters, trainable_manifest
from mmpeft.methods.registry import METHODS, parse_method
from mmpeft.methods.saving import load_adapter, save_adapter

__all__ = [
    "METHODS",
    "attach",
    "expected_parameters",
    "load_adapter",
    "parameter_groups",
    "parse_method",
    "save_adapter",
    "trainable_manifest",
    "trainable_parameters",
]
