"""Import the heavy libraries of a job without what no job uses.

The Trainer imports `datasets` (and with it pandas), scipy and scikit-learn merely because they are
installed; that is about a quarter of the time a job takes to start. Python documents None in
`sys.modules` as "this import fails", and transformers takes a library that cannot be imported for
one that is not installed.
"""

import gc
import sys
from collections.abc import Callable, Mapping
from importlib import import_module

UNUSED = ("datasets", "pandas", "scipy", "sklearn")


def import_libraries() -> None:
    """Import torch, transformers and peft; afterwards the unused libraries can be imported again.

    To be called before anything else imports transformers; later it changes nothing.
    """
    hidden = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))
    # A collection walks over all objects made so far, and imports make a million that stay.
    gc.disable()
    try:
        import peft  # noqa: F401
        import transformers.trainer  # noqa: F401
        from transformers.utils.logging import disable_progress_bar
    finally:
        for name in hidden:
            del sys.modules[name]
        gc.freeze()
        gc.enable()
    if not sys.stderr.isatty():
        disable_progress_bar()


def _import_for_models() -> None:
    """What training and scoring import, the classes of models and the file formats included."""
    import_libraries()
    _import(
        "PIL.PngImagePlugin",
        "pyarrow.parquet",
        "safetensors.torch",
        "scipy.sparse",
        "peft.utils.transformers_weight_conversion",
        "transformers.models.clip.image_processing_pil_clip",
        "transformers.models.clip.modeling_clip",
        "transformers.models.llama.modeling_llama",
        "transformers.models.llava.modeling_llava",
        "transformers.models.llava.processing_llava",
    )
    from transformers.conversion_mapping import get_checkpoint_conversion_mapping

    # Builds a table of all models, which is kept; each first model that is loaded would wait.
    get_checkpoint_conversion_mapping("llava")


def _import_for_rendering() -> None:
    backends = (f"matplotlib.backends.backend_{name}" for name in ("agg", "pdf", "svg"))
    _import("pandas", "pyarrow.parquet", "pydantic.main", "seaborn", *backends)


def _import(*modules: str) -> None:
    for module in modules:
        import_module(module)


# What jobs of one kind have in common.
KINDS: Mapping[str, Callable[[], None]] = {
    "models": _import_for_models,
    "rendering": _import_for_rendering,
}
