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
_SMALLER = {"ms": 3.2, "mew": 0.8}  # marks, as there are more of them


def comparison(data: Collected, spec: ComparisonFigure) -> Figure:
    """Draw a point for each cell, filled if the connector is tuned."""
    every = compared(data.results, data.reported)
    cells = every[(every["part"] == spec.experiment) & (every["quantity"] == SCORE)]
    sets = list(dict.fromkeys(cells["dataset_label"]))
    rows = max(-(-len(sets) // _COLUMNS), 1)
    figure = style.figure(_HEIGHT * rows + 0.5)
    panels = figure.subplots(rows, _COLUMNS, squeeze=False).ravel()
    if not sets:
        style.tell_not_part(panels[0])
    for letter, panel, name in zip(style.letters(), panels, sets, strict=False):
        _draw_panel(panel, cells[cells["dataset_label"] == name])
        panel.set_title(f"{letter} {name}", loc="left", pad=10)
    for panel in panels[max(len(sets), 1) :]:
        panel.set_axis_off()
    for index, panel in enumerate(panels[: len(sets)]):
        panel.set_ylabel("Ours (points)" if index % _COLUMNS == 0 else "")
        panel.set_xlabel("Reported (points)" if index + _COLUMNS >= len(sets) else "")
    if sets:
        style.legend_of_states(figure, cells["method_label"], cells["connector_label"])
    return figure


def _draw_panel(panel: Axes, cells: pd.DataFrame) -> None:
    """Draw the cells of one data set, with how alike they are ordered or how many are gaps."""
    scored = cells.dropna(subset="value")
    told = f"{style.GAP}: {len(cells) - len(scored)} of {len(cells)}"
    if scored.empty:
        style.tell(panel, told)
        panel.set(xticks=[], yticks=[])
        return
    for cell in scored.itertuples():
        look = style.mark(cell.connector_label, COLOURS[cell.method_label]) | _SMALLER
        panel.plot(cell.reported, cell.value, ls="", **look)
    seen = {"xlim": panel.get_xlim(), "ylim": panel.get_ylim()}
    panel.axline((0, 0), slope=1, color=NEUTRAL, ls="--", lw=0.7, zorder=1)
    panel.set(**seen)
    if len(scored) == len(cells):
        tau = stats.kendalltau(scored["value"], scored["reported"]).statistic
        told = f"τ = {style.signed(tau, 2)}, n = {len(cells)}"
    panel.annotate(told, (0, 1.03), xycoords="axes fraction", fontsize=style.TINY)
