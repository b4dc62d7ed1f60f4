"""Run a base's recipe, stage after stage, resumably.

Progress lives in a folder of its own: a checkpoint within the running stage, the weights of each
finished stage, and the fingerprint of the recipe; a folder with another fingerprint is started
afresh.
"""

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import pandas as pd
import torch
from transformers import PrinterCallback, Trainer, TrainerCallback, TrainingArguments

from mmpeft.files import whole_folder, write_json
from mmpeft.models.families import family_of
from mmpeft.models.family import Family
from mmpeft.models.loading import load_base
from mmpeft.models.mini import architecture
from mmpeft.models.mini.encoding import ConversationEncoder
from mmpeft.models.mini.fingerprint import fingerprint
from mmpeft.models.mini.recipe import RECIPES, Stage
from mmpeft.models.mini.sight import SIGHT_PARAMETERS, PictureCollator, sight_training
from mmpeft.models.mini.skills import skill_accuracies, skill_items
from mmpeft.models.mini.stage_data import SeenCollator, stage_data
from mmpeft.models.mini.vocabulary import vocabulary

CHECKPOINT_STEPS = 200
SKILL_PROBES = 32  # items per skill while training: means over a dozen skills suffice


def family_of_recipe(name: str) -> Family:
    """The model family that a recipe builds."""
    return family_of(_settings(name))


def _settings(name: str) -> dict[str, str]:
    """What a study says of a base by this recipe."""
    if RECIPES[name].shape.queries:
        return {"family": "qwen_vl"}
    return {"family": "llava", "chat": "plain"}


def initial_model(name: str, start: Path | None):
    """Model and processor before the first stage: fresh, or from the folder of the recipe's start.

    Raises ValueError if a start is given that the recipe does not have, or the other way round.
    """
    recipe = RECIPES[name]
    if (start is None) != (recipe.start is None):
        raise ValueError(f"{name} starts from {recipe.start or 'fresh weights'}, got {start}")
    if start is None:
        torch.manual_seed(recipe.init_seed)
        return architecture.build(recipe.shape, vocabulary())
    model, processor, _ = load_base({"base": str(start), **_settings(name)})
    if recipe.shape.layers > RECIPES[recipe.start].shape.layers:
        architecture.deepen(model, recipe.shape.layers)
    return model, processor


class _Losses(TrainerCallback):
    """Prints the loss now and then: logs stay short."""

    def on_log(self, args, state, control, logs=None, **kwargs) -> None:
        if "loss" in (logs or {}) and state.global_step % 50 == 0:
            loss = float(logs["loss"])
            print(f"step {state.global_step}/{state.max_steps} loss {loss:.4f}", flush=True)


class _Skills(TrainerCallback):
    """Prints mean accuracies by answer format at every checkpoint."""

    def __init__(self, model, encode) -> None:
        self.model = model
        self.encode = encode
        self.items = skill_items(SKILL_PROBES)

    def on_save(self, args, state, control, **kwargs) -> None:
        skills = skill_accuracies(self.model, self.encode, self.items)
        groups: dict[str, list[float]] = {}
        for name, accuracy in skills.items():
            kind, form = name.split("/")
            groups.setdefault(name if kind == "text" else form, []).append(accuracy)
        means = {name: round(sum(values) / len(values)) for name, values in groups.items()}
        print(f"step {state.global_step} skills {json.dumps(means)}", flush=True)


def _materials(model, processor, family: Family, stage: Stage):
    """What a stage trains, its data and its collator; freezes what `sight` trained after it."""
    data = stage_data(stage)
    if stage.data == "sight":
        return sight_training(model), data, PictureCollator(processor.image_processor)
    for name, parameter in model.named_parameters():
        if re.fullmatch(SIGHT_PARAMETERS[family.name], name):
            parameter.requires_grad_(False)
    if stage.data == "seen":
        return model, data, SeenCollator(processor, family)
    return model, data, ConversationEncoder(processor, family)


def stage_trainer(model, processor, family: Family, stage: Stage, folder: Path) -> Trainer:
    """The trainer of one stage; checkpoints go to `folder`."""
    arguments = TrainingArguments(
        output_dir=str(folder),
        max_steps=stage.steps,
        learning_rate=stage.learning_rate,
        lr_scheduler_type="cosine_with_min_lr",
        lr_scheduler_kwargs={"min_lr_rate": 0.1},
        warmup_steps=stage.warmup,
        per_device_train_batch_size=stage.batch_size,
        adam_beta2=0.98,
        weight_decay=0.01,
        max_grad_norm=1.0,
        logging_steps=1,
        save_steps=CHECKPOINT_STEPS,
        save_total_limit=1,
        report_to=[],
        disable_tqdm=True,
        remove_unused_columns=False,
        use_cpu=True,
        seed=stage.seed,
    )
    trained, data, collator = _materials(model, processor, family, stage)
    callbacks: list[TrainerCallback] = [_Losses()]
    if stage.data != "sight":
        callbacks.append(_Skills(model, ConversationEncoder(processor, family)))
    trainer = Trainer(
        model=trained,
        args=arguments,
        train_dataset=data,
        data_collator=collator,
        callbacks=callbacks,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _losses(stage: Stage, history: Iterable[dict]) -> pd.DataFrame:
    rows = [(stage.name, e["step"], e["loss"], e["learning_rate"]) for e in history if "loss" in e]
    return pd.DataFrame(rows, columns=["stage", "step", "loss", "learning_rate"])


def _run_stage(model, processor, family: Family, stage: Stage, folder: Path) -> None:
    """Train one stage and leave model, processor and losses in `folder`/done."""
    trainer = stage_trainer(model, processor, family, stage, folder)
    trainer.train(resume_from_checkpoint=any(folder.glob("checkpoint-*")) or None)
    model.requires_grad_(True)
    with whole_folder(folder / "done") as done:
        model.save_pretrained(done)
        processor.save_pretrained(done)
        _losses(stage, trainer.state.log_history).to_csv(done / "training_log.csv", index=False)
    for checkpoint in folder.glob("checkpoint-*"):
        shutil.rmtree(checkpoint)


def pretrain(name: str, out: Path, start: Path | None, progress: Path) -> None:
    """Build a base into `out`: model, processor, recipe.json, training_log.csv and skills.json.

    The log holds every step from the first one of the base that it starts from.

    Args:
        name: key of RECIPES.
        out: folder of the finished base.
        start: folder of the base that the recipe starts from, None for fresh weights.
        progress: folder to resume from; removed at the end.
    """
    family = family_of_recipe(name)
    mark = progress / "fingerprint"
    if not mark.is_file() or mark.read_text() != fingerprint(name):
        shutil.rmtree(progress, ignore_errors=True)
        progress.mkdir(parents=True)
        mark.write_text(fingerprint(name))
    model, processor = initial_model(name, start)
    logs = [] if start is None else [pd.read_csv(start / "training_log.csv")]
    for stage in RECIPES[name].stages:
        done = progress / stage.name / "done"
        if not done.is_dir():
            _run_stage(model, processor, family, stage, progress / stage.name)
        model, processor, _ = load_base({"base": str(done), **_settings(name)})
        logs.append(pd.read_csv(done / "training_log.csv"))
    write_base(name, model, processor, pd.concat(logs), out)
    shutil.rmtree(progress)


def write_base(name: str, model, processor, log: pd.DataFrame, out: Path) -> None:
    """Write a finished base; skills are measured on the bf16 weights that are stored."""
    with whole_folder(out) as part:
        model.to(torch.bfloat16).save_pretrained(part)
        processor.save_pretrained(part)
        log.to_csv(part / "training_log.csv", index=False, float_format="%.6g")
        stored, processor, family = load_base({"base": str(part), **_settings(name)})
        skills = skill_accuracies(stored, ConversationEncoder(processor, family), skill_items())
        write_json(part / "skills.json", skills)
        recipe = {"recipe": name, "fingerprint": fingerprint(name), "torch": torch.__version__}
        write_json(part / "recipe.json", recipe)
