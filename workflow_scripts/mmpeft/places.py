"""Where records lie below the folder of a study, results/<study>."""


def run(run_id: str) -> str:
    """Folder of a fine-tuning, and of its scores on its own test set."""
    return f"runs/{run_id}"


def evaluation(name: str, target: str, run_id: str) -> str:
    """Folder of what an evaluation measures of a run on the dataset `target`."""
    return f"evaluations/{name}/{target}/{run_id}"


def answers(name: str, target: str, run_id: str) -> str:
    """Folder of the answers of a run that are judged afterwards, into its `evaluation` folder."""
    return f"answers/{name}/{target}/{run_id}"


def base(model: str, dataset: str) -> str:
    """Folder of the scores of an un-tuned base."""
    return f"baselines/base/{model}/{dataset}"


def seen_base(model: str) -> str:
    """Folder of a base after its full fine-tuning on the mixture of seen datasets."""
    return f"bases/{model}"


def constant(dataset: str) -> str:
    """Folder of the scores of the best constant answer."""
    return f"baselines/constant/{dataset}"


def images(evaluation_name: str, model: str, target: str) -> str:
    """File with the images that an evaluation lets the runs of a model caption."""
    return f"images/{evaluation_name}/{model}/{target}.json"


def sheet(evaluation_name: str, model: str, target: str, of: str) -> str:
    """Page on which people judge the captions of a model's "base", or of its "runs"."""
    return f"sheets/{evaluation_name}/{model}/{target}/{of}.html"
