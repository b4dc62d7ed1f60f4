"""Scores against what they cost, with the front of the best trade-offs."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter, MaxNLocator

from mmpeft import aggregation
from mmpeft.artefacts.kinds import ParetoFigure
from mmpeft.axes import counted
from mmpeft.collected import Collected
from mmpeft.figures import style
from mmpeft.figures.style import COLOURS, NEUTRAL
from mmpeft.tables.cost import COLUMNS, cost_cell, micro_batches

_PLACE = ["model_label", "method_label", "connector_label"]


def trade_offs(data: Collected, spec: ParetoFigure) -> pd.DataFrame:
    """Return the cost and the average score of each model, method and connector state.

    One row each, with the three labels, cost, score (NaN if a run is a gap) and best: whether no
    other row of that model costs at most as much and scores at least as well.
    """
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    column = next((COLUMNS[name] for name in spec.costs if COLUMNS[name].measured(rows)), None)
    points = pd.DataFrame(
        [
            {
                **dict(zip(_PLACE, map(str, labels), strict=True)),
                "cost": cost_cell(column, line).number if column else None,
                "score": cost_cell(COLUMNS["score"], line).number,
            }
            for labels, line in rows.groupby(_PLACE, observed=True, sort=True)
        ]
    ).astype({"cost": float, "score": float})
    return points.assign(best=[_is_best(point, points) for point in points.itertuples()])


def _is_best(point: tuple, points: pd.DataFrame) -> bool:
    if pd.isna(point.cost) or pd.isna(point.score):
        return False
    rivals = points[points["model_label"] == point.model_label]
    beats = (rivals["cost"] <= point.cost) & (rivals["score"] >= point.score)
    differs = (rivals["cost"] < point.cost) | (rivals["score"] > point.score)
    return not (beats & differs).any()


def _base_scores(data: Collected, rows: pd.DataFrame) -> pd.DataFrame:
    """Average score of each un-tuned base over the data sets of `rows`, by model_label."""
    pair = ["model", "dataset"]
    bases = aggregation.headline_scores(data.results, "base").merge(
        rows[pair].drop_duplicates(), on=pair
    )
    cells = aggregation.cells(bases, ["model_label", "dataset_label"])
    return aggregation.averages(cells, ["model_label"]).set_index("model_label")["value"]


def pareto(data: Collected, spec: ParetoFigure) -> Figure:
    """Draw a panel for each model, two beside each other; the base is far below, and told."""
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    points, bases = trade_offs(data, spec), _base_scores(data, rows)
    models = list(rows["model_label"].cat.categories)
    known = points[["cost", "score"]].notna().all(axis=1).any()
    wide = min(len(models), 2)
    deep = -(-len(models) // wide)
    figure = style.figure(0.75 + 1.45 * deep)
    grid = figure.subplots(deep, wide, sharex=True, sharey=True, squeeze=False).ravel()
    for panel in grid[len(models) :]:
        panel.set_axis_off()
    for letter, panel, model in zip(style.letters(), grid, models, strict=False):
        panel.set_title(f"{letter} {model}")
        _draw_panel(panel, points[points["model_label"] == model], bases.get(model))
        panel.tick_params(labelbottom=True)
        panel.margins(0.1, 0.2)
        if spec.logarithmic and known:  # a logarithmic axis needs a number
            panel.set_xscale("log")
            panel.xaxis.set_major_formatter(EngFormatter(sep=""))
        else:
            panel.xaxis.set_major_locator(MaxNLocator(5))
    sets = counted(rows["dataset_label"].nunique(), "data set")
    figure.supxlabel("\n".join(filter(None, (spec.axis, _caution(spec, rows)))), fontsize=7)
    runs = counted(rows.groupby([*_PLACE, "dataset_label"], observed=True).size().max(), "run")
    average = style.average_of(f"Average score over {sets}", rows)
    figure.supylabel(f"{average}\n(points, n = {runs} each)", fontsize=7)
    style.legend_of_states(figure, points["method_label"], points["connector_label"])
    return figure


def _caution(spec: ParetoFigure, rows: pd.DataFrame) -> str:
    """Say so where trainings differ in what they did at once; parameters do not depend on it."""
    sizes = micro_batches(rows)
    return f"not comparable: {sizes}" if sizes and "trainable" not in spec.costs else ""


def _draw_panel(panel: Axes, points: pd.DataFrame, base: float | None) -> None:
    front = points[points["best"]].sort_values("cost")
    panel.step(front["cost"], front["score"], where="post", color=NEUTRAL, lw=0.8, zorder=1)
    for point in points.dropna(subset=["cost", "score"]).itertuples():
        look = style.mark(point.connector_label, COLOURS[point.method_label])
        panel.plot(point.cost, point.score, ls="", zorder=2, **look)
    if base is not None and not pd.isna(base):
        where = {"xy": (0.98, 0.02), "xycoords": "axes fraction", "ha": "right"}
        panel.annotate(f"un-tuned: {base:.1f}", **where, fontsize=style.TINY, color=NEUTRAL)
    gaps = points[points[["cost", "score"]].isna().any(axis=1)]
    if len(gaps):
        named = [f"{gap.method_label} {gap.connector_label}" for gap in gaps.itertuples()]
        style.tell(panel, "\n".join((style.GAP, *(named if len(gaps) < len(points) else ()))))
