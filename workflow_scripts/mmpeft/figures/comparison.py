"""Scores of a study against those that the paper reports, a panel for each data set."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy import stats

from mmpeft.artefacts.kinds import ComparisonFigure
from mmpeft.collected import Collected
from mmpeft.figures import style
from mmpeft.figures.style import COLOURS, NEUTRAL
from mmpeft.reported.comparison import compared
from mmpeft.reported.printed import SCORE

_COLUMNS = 2
_HEIGHT = 1.6  # inches of a panel


def comparison(data: Collected, spec: ComparisonFigure) -> Figure:
    """Draw a point for each cell, filled if the connector is tuned."""
    every = compared(data.results, data.reported)
    cells = every[(every["part"] == spec.experiment) & (every["quantity"] == SCORE)]
    sets = list(dict.fromkeys(cells["dataset_label"]))
    rows = max(-(-len(sets) // _COLUMNS), 1)
    figure = style.figure(_HEIGHT * rows + 0.4)
    panels = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    if not sets:
        style.tell_not_part(panels[0])
    for letter, panel, name in zip(style.letters(), panels, sets, strict=False):
        _draw_panel(panel, cells[cells["dataset_label"] == name])
        panel.set_title(f"{letter} {name}", loc="left", pad=10)
    for panel in panels[max(len(sets), 1) :]:
        panel.set_axis_off()
    for index, panel in enumerate(panels[: len(sets)]):
        panel.set_ylabel("Ours" if index % _COLUMNS == 0 else "")
        panel.set_xlabel("Reported" if index + _COLUMNS >= len(sets) else "")
    style.shared_legend(figure, panels)
    return figure


def _draw_panel(panel: Axes, cells: pd.DataFrame) -> None:
    """Draw the cells of one data set, with how alike they are ordered or how many are gaps."""
    scored = cells.dropna(subset="value")
    told = f"{style.GAP}: {len(cells) - len(scored)} of {len(cells)}"
    if scored.empty:
        style.tell(panel, told)
        panel.set(xticks=[], yticks=[])
        return
    for method in style.methods_in(scored["method_label"]):
        of_method = scored[scored["method_label"] == method]
        for connector, fill in (("frozen", "none"), ("tuned", COLOURS[method])):
            points = of_method[of_method["connector_label"] == connector]
            panel.scatter(
                points["reported"],
                points["value"],
                s=10,
                lw=0.8,
                facecolors=fill,
                edgecolors=COLOURS[method],
                label=method if connector == "tuned" else None,
            )
    seen = {"xlim": panel.get_xlim(), "ylim": panel.get_ylim()}
    panel.axline((0, 0), slope=1, color=NEUTRAL, ls="--", lw=0.7, zorder=1)
    panel.set(**seen)
    if len(scored) == len(cells):
        tau = stats.kendalltau(scored["value"], scored["reported"]).statistic
        told = f"τ = {tau:+.2f}, n = {len(cells)}"
    panel.annotate(told, (0, 1.03), xycoords="axes fraction", fontsize=style.TINY)
