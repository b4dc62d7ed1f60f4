"""Import the heavy libraries of a job without what no job uses.

The Trainer imports `datasets` (and with it pandas), scipy and scikit-learn merely because they are
installed; that is about a quarter of the time a job takes to start. Python documents None in
`sys.modules` as "this import fails", and transformers takes a library that cannot be imported for
one that is not installed.
"""

import gc
import sys

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
