"""Training and validation loss of single runs, a panel for each method and data set."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MultipleLocator

from mmpeft import aggregation
from mmpeft.aggregation import FAILED
from mmpeft.artefacts.kinds import LossFigure
from mmpeft.axes import counted
from mmpeft.collected import Collected
from mmpeft.figures import style
from mmpeft.figures.style import COLOURS, NEUTRAL
from mmpeft.losses import TRAIN, VALIDATION


def training_curve(curve: pd.DataFrame, bins: int) -> pd.Series:
    """Return the mean training loss of each 1 / `bins` of an epoch, by its middle in epochs."""
    steps = curve[curve["split"] == TRAIN]
    # a step's epoch is where it ends; the tolerance is for sums of thirds and the like
    places = (np.ceil(steps["epoch"] * bins - 1e-6) - 0.5) / bins
    return steps.groupby(places)["loss"].mean()


def validation_curve(curve: pd.DataFrame) -> pd.Series:
    """Return the validation loss by the epoch at which it was measured."""
    return curve[curve["split"] == VALIDATION].set_index("epoch")["loss"]


def loss_curves(data: Collected, spec: LossFigure) -> Figure:
    """Draw one data set as a grid of methods, several as a column of methods each."""
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    methods = style.methods_in(rows["method_label"])
    if len(spec.datasets) == 1:
        shape, share = (-(-len(methods) // 2), 2), "all"
        places = [(method, spec.datasets[0]) for method in methods]
    else:
        shape, share = (len(methods), len(spec.datasets)), "col"
        places = [(method, dataset) for method in methods for dataset in spec.datasets]
    figure = style.figure(0.7 + 1.15 * shape[0])
    panels = list(figure.subplots(*shape, sharex=True, sharey=share, squeeze=False).flat)
    several = len(spec.datasets) > 1
    curves = rows[["run", "dataset_label"]].merge(data.losses, on="run")
    binned = {
        run: training_curve(curve, spec.bins) for run, curve in curves.groupby("run", observed=True)
    }
    for letter, panel, (method, dataset) in zip(style.letters(), panels, places, strict=False):
        runs = rows[(rows["method_label"] == method) & (rows["dataset_label"] == dataset)]
        title = f"{method}, {dataset}" if several else method
        panel.set_title(f"{letter} {title}", fontsize=7)
        of_dataset = curves[curves["dataset_label"] == dataset]
        _draw_panel(panel, runs, of_dataset, binned, COLOURS[method])
        _cut(panel, runs, of_dataset, binned)
    for panel in panels[len(places) :]:
        panel.axis("off")
    for panel in panels:
        panel.set_ylim(bottom=0)
        panel.set_xlim(left=0)
        panel.xaxis.set_major_locator(MultipleLocator(max(1, rows["epochs"].max() // 4)))
    shown = rows[rows["dataset_label"].isin(spec.datasets)]
    runs = shown.groupby(["method_label", "dataset_label"], observed=True).size().max()
    number = "" if pd.isna(runs) else f" (n = {counted(runs, 'run')} per panel)"
    figure.supxlabel(f"Epoch{number}", fontsize=7)
    figure.supylabel("Loss (nats per answer token)", fontsize=7)
    style.shared_legend(figure, panels)
    return figure


def _cut(
    panel: Axes, runs: pd.DataFrame, curves: pd.DataFrame, binned: Mapping[str, pd.Series]
) -> None:
    """End the y axis above what training reaches after its first epoch, and validation ever.

    curves: of all runs that share the axis, those of `runs` in this panel among them.
    """
    later = [binned[run][binned[run].index > 1].max() for run in curves["run"].unique()]
    top = np.fmax.reduce([*later, curves.loc[curves["split"] == VALIDATION, "loss"].max()])
    shown = [binned[run].max() for run in runs["run"] if run in binned]
    if shown and np.isfinite(top):
        style.cut(panel, top, max(shown))


def _draw_panel(
    panel: Axes,
    runs: pd.DataFrame,
    curves: pd.DataFrame,
    binned: Mapping[str, pd.Series],
    colour: str,
) -> None:
    if runs.empty:
        style.tell(panel, style.NOT_PART)
        return
    for run in runs.itertuples():
        if run.run not in binned:
            style.tell(panel, run.status)
            continue
        train, validation = binned[run.run], validation_curve(curves[curves["run"] == run.run])
        panel.plot(train.index, train, color=NEUTRAL, lw=0.9, label="training")
        panel.plot(
            validation.index,
            validation,
            color=colour,
            lw=1.1,
            marker="o",
            ms=2,
            label="_validation",
        )
        panel.plot([], [], color="black", lw=1.1, marker="o", ms=2, label="validation")
        if len(validation):
            best = validation.idxmin()
            panel.plot(
                best,
                validation[best],
                color="black",
                marker="o",
                ms=4.5,
                mfc="none",
                mew=0.8,
                ls="",
                label="its minimum",
            )
        if run.status == FAILED:
            style.tell(panel, FAILED)
