"""Tables that document a study: its data sets, models, prompts and hyper-parameters."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mmpeft import axes
from mmpeft.artefacts.kinds import DocumentTable
from mmpeft.axes import AXES, NOT_APPLICABLE, SIZE_NAMES, counted
from mmpeft.collected import Collected
from mmpeft.datasets.facts import METRICS, SPLITS, TASKS, USUAL_SPLIT
from mmpeft.datasets.prompts import CAPTION_PROMPTS
from mmpeft.datasets.registry import DATASETS, DatasetSpec
from mmpeft.models.chats import CHATS
from mmpeft.models.facts import FACTS
from mmpeft.study.capabilities import CAPABILITIES
from mmpeft.tables.model import Cell, Table, gap

SetUp = Mapping[str, Any]
Parts = dict[str, Any]  # labels, columns, rows, notes and widths of a Table

_MINI_DATA = (
    "The data sets of this study are made by a program and stand for those of the same name, with "
    "the same tasks, prompts and metrics."
)
_MINI_MODELS = (
    "The models of this study are mini models that stand for those of the same name, whose parts "
    "and data are shown; docs/mini-models.md says how the mini models were made."
)


def document_table(data: Collected, spec: DocumentTable) -> Table:
    """Build the table that `spec.content` names, from the study's manifest and the registries."""
    parts = CONTENTS[spec.content](data.study["set_up"])
    told = (f"Study {data.study['study']!r}.", *spec.notes, *parts.pop("notes"))
    return Table(id=spec.id, title=spec.title, caption=spec.caption, notes=told, **parts)


def _datasets(set_up: SetUp) -> Parts:
    rows = []
    for sizes in _in_order(set_up):
        spec = DATASETS[sizes["name"]]
        cells = (
            Cell(TASKS[spec.label]),
            Cell("generated" if spec.mini else SPLITS.get(spec.label, USUAL_SPLIT)),
            Cell(METRICS[spec.metric]),
            Cell(spec.answer_type),
            Cell("Seen" if spec.seen else "Unseen"),
            *(
                Cell(axes.count(sizes[s]), sizes[s]) if sizes[s] else gap()
                for s in ("train", "validation", "test")
            ),
        )
        rows.append(((spec.label,), cells))
    return {
        "labels": (AXES["dataset"].heading,),
        "columns": (
            "Task",
            "Split",
            "Metric",
            "Answer type",
            "Type",
            "# Train",
            "# Validation",
            "# Test",
        ),
        "rows": tuple(rows),
        "notes": (_MINI_DATA,) if _mini_data(set_up) else (),
    }


def _seen_data(set_up: SetUp) -> Parts:
    labels: dict[tuple, list[str]] = {}
    for model in set_up["models"]:
        facts = FACTS.get(model["label"])
        seen = (facts.pretrained_on, facts.fine_tuned_on) if facts else (None, None)
        labels.setdefault(seen, []).append(model["label"])
    rows = [
        ((", ".join(models), phase), (Cell(", ".join(data)) if data else gap("not documented"),))
        for seen, models in labels.items()
        for phase, data in zip(("Pre-training", "Fine-tuning"), seen, strict=True)
    ]
    return {
        "labels": ("Model", "Phase"),
        "columns": ("Data",),
        "rows": tuple(rows),
        "notes": (_MINI_MODELS,) if _mini_models(set_up) else (),
        "widths": (0.18, 0.12, 0.62),
    }


def _prompts(set_up: SetUp) -> Parts:
    rows = [
        ((DATASETS[sizes["name"]].label,), (Cell(text),))
        for sizes in _in_order(set_up)
        for text in _templates(DATASETS[sizes["name"]])
    ]
    turns = (
        f"Chat text of {', '.join(_with_chat(set_up, name))}: {_chat_text(name)}"
        for name in dict.fromkeys(model["chat"] for model in set_up["models"])
    )
    return {
        "labels": (AXES["dataset"].heading,),
        "columns": ("Prompt",),
        "rows": tuple(rows),
        "notes": tuple(turns),
        "widths": (0.15, 0.78),
    }


def _templates(spec: DatasetSpec) -> tuple[str, ...]:
    if spec.task == "caption":
        return CAPTION_PROMPTS
    sample = {
        "id": "",
        "context": "",
        "question": "{Question}",
        "choices": ["choice 1", "choice 2", "choice 3"],
    }
    return (spec.prompt(sample),)


def _hyperparameters(set_up: SetUp) -> Parts:
    models = set_up["models"]
    return {
        "labels": ("Part", "Setting"),
        "columns": tuple(model["label"] for model in models),
        "rows": (*_model_rows(models), *_training_rows(set_up), *_method_rows(set_up)),
        "notes": (
            *((_MINI_MODELS,) if _mini_models(set_up) else ()),
            *((_seen_note(set_up),) if set_up["seen_mixture"] else ()),
        ),
    }


def _seen_note(set_up: SetUp) -> str:
    mixture = set_up["seen_mixture"]
    names = ", ".join(DATASETS[name].label for name in mixture["datasets"])
    return (
        f"All runs start from bases that were fully fine-tuned on {names} first, with the visual "
        f"encoder frozen: {counted(mixture['epochs'], 'epoch')} at a rate of "
        f"{axes.rate(mixture['learning_rate'])}."
    )


Row = tuple[tuple[str, str], tuple[Cell, ...]]


def _model_rows(models: list[SetUp]) -> Iterator[Row]:
    for name, field in (
        ("Visual encoder", "vision"),
        ("Language model", "language"),
        ("Connector", "connector"),
    ):
        facts = (FACTS.get(model["label"]) for model in models)
        cells = (Cell(getattr(fact, field)) if fact else gap("not documented") for fact in facts)
        yield ("Model", name), tuple(cells)
    if any(model["weights"] for model in models):
        yield ("Model", "Weights"), tuple(Cell(model["weights"]) for model in models)
    if any(model["connector_definition"] for model in models):
        meant = (model["connector_definition"] or "default" for model in models)
        yield ("Model", "Trained as connector"), tuple(Cell(_words(one)) for one in meant)
    for method in dict.fromkeys(method for model in models for method in model["module_variants"]):
        variants = (model["module_variants"].get(method, "default") for model in models)
        heading = f"Modules of {CAPABILITIES[method].label}"
        yield ("Model", heading), tuple(Cell(_words(one)) for one in variants)


def _training_rows(set_up: SetUp) -> Iterator[Row]:
    models, training = set_up["models"], set_up["training"]

    def row(name: str, value: Callable[[SetUp], str]) -> Row:
        return ("Training", name), tuple(Cell(value(model)) for model in models)

    batch = training["batch_size"]
    micro = training["micro_batch_size"] or batch
    yield row("Optimiser", lambda model: "AdamW")
    yield row("Learning-rate schedule", lambda model: model["schedule"].replace("_", " "))
    for part in ("connector", "visual_encoder"):
        name = f"{part}_learning_rate"
        if any(model[name] for model in models):
            heading = f"Learning rate of the {part.replace('_', ' ')}"
            yield row(heading, lambda model, name=name: _scaled(model[name], axes.rate))
    yield row("Warm-up ratio", lambda model: f"{model['warmup_ratio']:g}")
    yield row("Weight decay", lambda model: f"{model['weight_decay']:g}")
    yield row("Global batch size", lambda model: str(batch))
    passes = "as memory asks" if micro == "auto" else str(batch // micro)
    yield row("Gradient accumulation", lambda model: passes)
    yield row("Epochs", lambda model: str(training["epochs"]))
    yield row("Longest sample (tokens)", lambda model: axes.count(training["max_length"]))
    yield row("Numerical precision", lambda model: training["precision"])


def _method_rows(set_up: SetUp) -> Iterator[Row]:
    for method in set_up["methods"]:
        settings = {"Learning rate": _scaled(method["learning_rate"], axes.rate)}
        if method["size"]:
            settings[SIZE_NAMES[method["size_kind"]]] = _scaled(method["size"], axes.count)
        if method["location"]:
            settings["Location"] = axes.text("location", method["location"])
        if method["alpha_per_rank"]:
            settings["Alpha"] = f"{method['alpha_per_rank']:g} × rank"
        if method["dropout"] is not None:
            settings["Dropout"] = f"{method['dropout']:g}"
        if method["initialisation"]:
            settings["Initialisation"] = method["initialisation"]
        if method["prefix_projection"] is not None:
            settings["Projection"] = "MLP" if method["prefix_projection"] else "none"
        for name, value in settings.items():
            yield (method["label"], name), (Cell(value),) * len(set_up["models"])


def _words(name: str) -> str:
    return name.replace("_", " ")


def _scaled(value: Mapping[str, float] | str | None, text: Callable[[float], str]) -> str:
    """Write the value used, and the paper's label behind it if it is another."""
    if value is None:
        return NOT_APPLICABLE
    if isinstance(value, str):
        return f"that of the {value}"
    used, label = text(value["value"]), text(value["label"])
    return used if used == label else f"{used} ({label})"


def _in_order(set_up: SetUp) -> list[Mapping[str, Any]]:
    """Sizes of the data sets, in the order of the registry."""
    order = list(DATASETS)
    return sorted(set_up["datasets"], key=lambda sizes: order.index(sizes["name"]))


def _with_chat(set_up: SetUp, chat: str | None) -> list[str]:
    return [model["label"] for model in set_up["models"] if model["chat"] == chat]


def _chat_text(name: str | None) -> str:
    """What stands around a prompt about an image, on one line."""
    if name is None:
        return "the chat template of its processor"
    return CHATS[name].prompt("{Prompt}", has_image=True).replace("\n", " ↵ ").strip()


def _mini_data(set_up: SetUp) -> bool:
    return any(DATASETS[sizes["name"]].mini for sizes in set_up["datasets"])


def _mini_models(set_up: SetUp) -> bool:
    return any(model["name"].startswith("mini-") for model in set_up["models"])


def stand_ins(set_up: SetUp) -> tuple[str, ...]:
    """Say which parts of a study stand for real ones."""
    told = ((_mini_models(set_up), _MINI_MODELS), (_mini_data(set_up), _MINI_DATA))
    return tuple(sentence for true, sentence in told if true)


CONTENTS: Mapping[str, Callable[[SetUp], Parts]] = {
    "datasets": _datasets,
    "seen_data": _seen_data,
    "prompts": _prompts,
    "hyperparameters": _hyperparameters,
}
