"""A study beside the paper: differences, whether seeds explain them, and the order of methods.

A cell of ours stands for the printed one with the same labels: the label of a model names the
paper's model that it stands for, and a mini data set has the label of the one that it imitates.
"""

import numpy as np
import pandas as pd
from scipy import stats

from mmpeft import aggregation
from mmpeft.aggregation import MISSING, OK, SETTINGS
from mmpeft.datasets.facts import WHOLE_TESTS
from mmpeft.informative import distinct_runs
from mmpeft.reported.printed import LABELS, MEAN, SCORE, SD
from mmpeft.reported.rows import SEED, SEEDS, filled

CONFIDENCE = 0.95
LEAST_METHODS = 3  # an order of two is right by chance half of the time
FEWER_IS_BETTER = ("hallucinated_captions", "mmhal_hallucination_rate")
# Costs that a table prints: columns of the results, the same on every data set.
COSTS = ("trainable_percent",)
_WHOLE = "option_accuracy_all"
# All that tells one fine-tuning from another in the paper's words, seeds apart.
_RUN_LABELS = (
    "model_label",
    "method_label",
    "location_label",
    "size_label",
    "learning_rate_label",
    "connector_label",
    "visual_encoder_label",
    "samples_label",
    "epochs_label",
    "dataset_label",
)


def compared(results: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """One row for each cell of a study that the paper reports: ours beside reported.

    Columns: table, part (experiment or evaluation), `printed.LABELS` (NaN for those that the table
    does not print), quantity (as in `printed`), metric (a metric or one of COSTS), value (ours: a
    mean over `runs`, NaN in a gap), status, runs, reported, delta (ours less reported, in units of
    the metric), noise (what seeds explain of it, see `_seed_noise`; NaN if unknown) and within
    (whether it is no more than that; NA if unknown). Scores on all test questions, of which the
    paper has one seed, are those of that seed, and their data set is named as `WHOLE_TESTS` says.
    Raises ValueError if a cell would mix runs that differ in more than their seeds.
    """
    known = _comparable(printed)
    spreads = _our_spread(results), _reported_spread(results, printed)
    found = [
        row
        for (table, quantity), numbers in known.groupby(["table", "quantity"], sort=False)
        for row in _of_table(results, numbers, *spreads)
        .assign(table=table, part=numbers["part"].iloc[0], quantity=quantity)
        .to_dict("records")
    ]
    columns = ["table", "part", *LABELS]
    columns += ["quantity", "metric", "value", "status", "runs", "reported", "noise"]
    cells = pd.DataFrame(found, columns=columns)
    delta = (cells["value"] - cells["reported"]).astype(float)
    within = (delta.abs() <= cells["noise"]).astype("boolean")
    return cells.assign(delta=delta, within=within.mask((delta + cells["noise"]).isna()))


def compared_rows(results: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """The rows of a study behind the cells of `compared`."""
    found = [results.iloc[:0]]
    known = _comparable(printed)
    for (part, quantity), numbers in known.groupby(["part", "quantity"], sort=False):
        rows = _rows(results, part, quantity)
        found.append(rows[filled(rows, numbers)["value"].notna()])
    rows = pd.concat(found)
    return rows[~rows.index.duplicated()]


def orderings(cells: pd.DataFrame) -> pd.DataFrame:
    """How alike methods are ordered, one row for each line of equal labels but for the method.

    `cells` are those of `compared`; costs have no best one. Columns: table, metric,
    `printed.LABELS` but the method, ours (the methods from best to worst; None if one is a gap),
    reported (likewise), tau (Kendall's tau-b; NaN in a gap, or if all methods are equal).
    """
    rows = []
    by = ["table", "metric", *(label for label in LABELS if label != "method_label")]
    for key, line in cells[~cells["metric"].isin(COSTS)].groupby(
        by, sort=False, dropna=False, observed=True
    ):
        if len(line) < LEAST_METHODS:
            continue
        complete = line["value"].notna().all()
        tau = stats.kendalltau(line["value"], line["reported"]).statistic if complete else np.nan
        rows.append(
            dict(zip(by, key, strict=True))
            | {
                "ours": _ordered(line, "value") if complete else None,
                "reported": _ordered(line, "reported"),
                "tau": tau,
            }
        )
    return pd.DataFrame(rows, columns=[*by, "ours", "reported", "tau"])


def _comparable(printed: pd.DataFrame) -> pd.DataFrame:
    """Numbers that a study has too: scores, metrics of their own beside the headline, costs."""
    own = printed["quantity"].isin((_WHOLE, "hallucinated_captions"))
    own |= printed["quantity"].str.startswith("mmhal_")
    return printed[own | printed["quantity"].isin((SCORE, MEAN, *COSTS))]


def _of_table(
    results: pd.DataFrame, numbers: pd.DataFrame, ours: pd.DataFrame, reported: pd.DataFrame
) -> pd.DataFrame:
    """The cells that `numbers`, of one table and quantity, are printed for.

    ours, reported: `_our_spread` and `_reported_spread`.
    """
    (part,), (quantity,) = numbers["part"].unique(), numbers["quantity"].unique()
    rows = _rows(results, part, quantity)
    by = [label for label in LABELS if numbers[label].notna().any()]
    if quantity in COSTS:
        rows = rows.sort_values("status", key=lambda it: it != OK, kind="stable")
        rows = rows.drop_duplicates(by)
    cells = aggregation.cells(rows, by).drop(columns="sd")
    cells["reported"] = filled(cells, numbers)["value"]
    cells["reported_runs"] = SEEDS if quantity == MEAN else 1
    cells["noise"] = np.nan
    cells["metric"] = quantity
    if quantity in (SCORE, MEAN):
        one = rows.drop_duplicates(by)[list({*by, *SETTINGS, *_RUN_LABELS, "metric"})]
        spreads = (
            cells.drop(columns=["noise", "metric"])
            .merge(one, on=by, how="left")
            .merge(ours, on=list(SETTINGS), how="left")
            .merge(reported, on=list(_RUN_LABELS), how="left")
        )
        cells["noise"], cells["metric"] = _seed_noise(spreads), spreads["metric"]
    if quantity == _WHOLE:
        cells["dataset_label"] = cells["dataset_label"].astype(str).replace(WHOLE_TESTS)
    return cells.dropna(subset="reported")


def _rows(results: pd.DataFrame, part: str, quantity: str) -> pd.DataFrame:
    """Rows of an experiment or evaluation whose value is what a printed quantity is of."""
    of_part = (results["kind"] == "run") & (results["experiment"] == part)
    of_part |= (results["kind"] == "evaluation") & (results["evaluation"] == part)
    rows = results[of_part]
    headline = rows[rows["headline"]]
    if quantity in (SCORE, MEAN):
        return headline
    if quantity in COSTS:
        known = headline[quantity].notna().map({True: OK, False: MISSING})
        return headline.assign(value=headline[quantity], status=known)
    if quantity == _WHOLE:
        rows, headline = rows[rows["seed"] == SEED], headline[headline["seed"] == SEED]
    own = rows[rows["metric"] == quantity]
    # A gap has a row of its headline alone.
    gaps = headline[headline["status"] != OK]
    return pd.concat([own, gaps[~gaps["scores_record"].isin(own["scores_record"])]])


def _our_spread(results: pd.DataFrame) -> pd.DataFrame:
    """Sample standard deviation over seeds of runs with the same settings: sd and its freedom."""
    grouped = distinct_runs(results).groupby(list(SETTINGS), dropna=False)["value"]
    spread = grouped.agg(sd="std", freedom="size").reset_index()
    return spread.assign(freedom=spread["freedom"] - 1).dropna(subset="sd")


def _reported_spread(results: pd.DataFrame, printed: pd.DataFrame) -> pd.DataFrame:
    """The same of what is printed, for the labels of the study; of several ones the pooled one.

    The sweeps over seeds hold the paper's default settings too: those of main runs with a tuned
    connector.
    """
    main = _rows(results, "main", SCORE)
    main = main[main["connector_label"] == "tuned"]
    found = [
        filled(pd.concat([_rows(results, part, MEAN), main]).drop_duplicates(_RUN_LABELS), numbers)
        for part, numbers in printed[printed["quantity"] == SD].groupby("part", sort=False)
    ]
    rows = pd.concat([main.assign(value=np.nan).iloc[:0], *found]).dropna(subset="value")
    variance = rows.assign(value=rows["value"] ** 2).groupby(
        list(_RUN_LABELS), dropna=False, observed=True
    )["value"]
    spread = variance.agg(["mean", "size"]).reset_index()
    spread["reported_sd"] = np.sqrt(spread.pop("mean"))
    return spread.assign(reported_freedom=spread.pop("size") * (SEEDS - 1))


def _seed_noise(cells: pd.DataFrame) -> pd.Series:
    """Half the width of the interval that the difference of two equal means lies in.

    Welch's interval at CONFIDENCE: both standard deviations are of runs with the settings of the
    cell, wherever the study or the paper has some over seeds.
    """
    ours = cells["sd"] ** 2 / cells["runs"].astype(float)
    theirs = cells["reported_sd"] ** 2 / cells["reported_runs"]
    both = ours + theirs
    freedom = both**2 / (ours**2 / cells["freedom"] + theirs**2 / cells["reported_freedom"])
    quantile = stats.t.ppf((1 + CONFIDENCE) / 2, freedom)
    return (np.sqrt(both) * quantile).mask(both == 0, 0.0)


def _ordered(line: pd.DataFrame, column: str) -> str:
    """Methods from best to worst: LoRA > Adapter = IA3."""
    fewer = line["metric"].iloc[0] in FEWER_IS_BETTER
    equal: dict[float, list[str]] = {}
    for value, method in zip(line[column].round(9), line["method_label"], strict=True):
        equal.setdefault(value, []).append(str(method))
    return " > ".join(" = ".join(equal[value]) for value in sorted(equal, reverse=not fewer))
