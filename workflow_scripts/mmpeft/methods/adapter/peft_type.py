"""The one place where peft's enum of methods gains an entry, when this module is imported.

peft registers a method only if `PeftType` already lists it, and an enum with members cannot be
subclassed.
"""

from aenum import extend_enum
from peft import PeftType

NAME = "bottleneck"

extend_enum(PeftType, NAME.upper(), NAME.upper())
BOTTLENECK: PeftType = PeftType[NAME.upper()]
