"""Training loss over seeds: mean and confidence band of each method, a panel for each data set."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from scipy.special import stdtrit

from mmpeft import aggregation
from mmpeft.aggregation import FAILED
from mmpeft.artefacts.kinds import SeedLossFigure
from mmpeft.axes import counted
from mmpeft.collected import Collected
from mmpeft.figures import style
from mmpeft.figures.style import COLOURS
from mmpeft.losses import TRAIN, over_parts

CONFIDENCE = 0.95


def band(losses: pd.DataFrame, bins: int) -> pd.DataFrame:
    """Return mean and confidence interval of the training loss over runs, along the training.

    `losses` are those of runs with equally many steps, cut into `bins` (`losses.over_parts`); a run
    counts in a part with its mean. Columns: step (the middle of a part), mean, half (half the width
    of the interval by Student's t; NaN for one run), n (runs).
    """
    each = over_parts(losses, bins)
    steps = int(losses.loc[losses["split"] == TRAIN, "step"].max())
    table = pd.DataFrame(
        {"mean": each.mean(axis=1), "sd": each.std(axis=1), "n": each.count(axis=1)}
    )
    table = table.reset_index()
    quantile = stdtrit(table["n"] - 1, (1 + CONFIDENCE) / 2)  # of Student's t; NaN for one run
    spread = quantile / np.sqrt(table["n"])
    table["half"] = table["sd"] * spread
    table["step"] = (table["part"] - 0.5) * steps / len(each) + 0.5
    return table[["step", "mean", "half", "n"]]


def seed_losses(data: Collected, spec: SeedLossFigure) -> Figure:
    """Draw one panel below the other; a method with a failed or missing run is named as a gap."""
    rows = aggregation.headline_scores(data.results, "run", spec.experiment)
    rows = aggregation.with_settings_of(rows, data.results, spec.experiments[1])
    by = ["model_label", "dataset_label"]
    places = list(rows.groupby(by, observed=True, sort=True))
    figure = style.figure(0.6 + 1.6 * max(len(places), 1))
    panels = figure.subplots(max(len(places), 1), 1, squeeze=False)[:, 0]
    if not places:
        style.tell_not_part(panels[0])
        return figure
    several = rows["model_label"].nunique() > 1
    for letter, panel, ((model, dataset), runs) in zip(
        style.letters(), panels, places, strict=False
    ):
        seeds = counted(runs.groupby("method_label", observed=True).size().max(), "seed")
        name = f"{model}, {dataset}" if several else dataset
        panel.set_title(f"{letter} {name} (n = {seeds})")
        _draw_panel(panel, runs, data.losses, spec.bins)
        panel.set_xlabel("Training step")
    figure.supylabel("Loss (nats per answer token)", fontsize=7)
    style.shared_legend(figure, panels)
    return figure


def _draw_panel(panel: Axes, runs: pd.DataFrame, losses: pd.DataFrame, bins: int) -> None:
    """Draw all methods; the y axis ends above what a band reaches after the first epoch."""
    gaps, lowest, reached, highest = [], [], [], []
    for method, of_method in runs.groupby("method_label", observed=True, sort=True):
        curves = losses[losses["run"].isin(of_method["run"])]
        complete = curves["run"].nunique() == len(of_method)
        if not complete or (of_method["status"] == FAILED).any():
            gaps.append(str(method))
            continue
        drawn = band(curves, bins)
        colour = COLOURS[method]
        panel.plot(drawn["step"], drawn["mean"], color=colour, lw=1.1, label=method)
        low, high = drawn["mean"] - drawn["half"], drawn["mean"] + drawn["half"]
        panel.fill_between(drawn["step"], low, high, color=colour, alpha=0.2, lw=0)
        later = drawn["step"] > curves.loc[curves["epoch"] <= 1, "step"].max()
        lowest.append(low.fillna(drawn["mean"]).min())
        reached.append(high.fillna(drawn["mean"])[later].max())
        highest.append(drawn["mean"].max())
    if gaps:
        style.tell(panel, f"{style.GAP}: {', '.join(gaps)}")
    panel.set_ylim(bottom=max(0.0, 0.9 * min(lowest, default=0.0)))
    panel.set_xlim(left=0)
    if np.isfinite(reached).any():
        style.cut(panel, np.nanmax(reached), max(highest))
