"""Table 15 of the paper against counted parameters, and its FLOPs against its own formulas."""

from collections.abc import Mapping
from dataclasses import dataclass

from mmpeft.flops import inference_flops
from mmpeft.methods.census import Count

PERCENT_TOLERANCE = 0.001  # points of a percentage that is printed with three decimals
FLOPS_TOLERANCE = 5e-4  # of a number that is printed with four digits


@dataclass(frozen=True, slots=True, kw_only=True)
class CostRow:
    """A row of Table 15: what is printed, what is counted, and what the formulas make of it.

    tokens: N_t, solved from the printed training FLOPs, since the paper does not state it;
    inference_flops: what the second formula then gives.
    """

    model: str
    method: str
    connector: str
    printed_percent: float
    computed_percent: float
    printed_train_flops: float
    tokens: float
    printed_inference_flops: float
    inference_flops: float

    @property
    def percent_difference(self) -> float:
        """Points, computed less printed."""
        return self.computed_percent - self.printed_percent

    @property
    def flops_difference(self) -> float:
        """Share of the printed inference FLOPs, predicted less printed."""
        return self.inference_flops / self.printed_inference_flops - 1

    @property
    def within(self) -> bool:
        """Whether both lie within tolerance."""
        return (
            abs(self.percent_difference) <= PERCENT_TOLERANCE
            and abs(self.flops_difference) <= FLOPS_TOLERANCE
        )


def cost_row(printed: Mapping[str, str], count: Count) -> CostRow:
    """printed: a line of `reference/paper/table15_parameters_flops.csv`; count: of its method."""
    connector, train = printed["connector"], float(printed["train_flops"])
    trainable = count.trainable(connector)
    # train = (2 P_frozen + 4 P_trainable) N_t
    tokens = train / (2 * (count.total - trainable) + 4 * trainable)
    return CostRow(
        model=printed["model"],
        method=printed["method"],
        connector=connector,
        printed_percent=float(printed["trainable_percent"]),
        computed_percent=100 * trainable / count.total,
        printed_train_flops=train,
        tokens=tokens,
        printed_inference_flops=float(printed["inference_flops"]),
        inference_flops=inference_flops(
            non_embedding=count.total - count.input_embedding,
            layers=count.layers,
            width=count.width,
            tokens=round(tokens),
        ),
    )
