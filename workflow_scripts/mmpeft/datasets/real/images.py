"""Images that must not get into a dataset: missing, broken, or too large to be harmless."""

import io
import warnings

from PIL import Image

from mmpeft.datasets.real.question import Material
from mmpeft.datasets.sources.archive import ArchiveError

# Pillow's own limit: more would take over 256 MB as RGB.
MAX_PIXELS = 89_478_485


class BadImageError(Exception):
    """An image that cannot be used, by name and reason."""


def read_image(material: Material, name: str) -> bytes:
    """Encoded image that is known to decode, unchanged; raises BadImageError."""
    try:
        data = material.image(name)
    except KeyError:
        raise BadImageError(f"image {name!r} is missing from its source") from None
    except ArchiveError as error:
        raise BadImageError(str(error)) from None
    if reason := _fault(data):
        raise BadImageError(f"image {name!r} {reason}")
    return data


def _fault(data: bytes) -> str | None:
    try:
        with warnings.catch_warnings():
            # between one and two times the limit Pillow itself only warns
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(data))
        width, height = image.size
        if width * height > MAX_PIXELS:
            return f"has {width} x {height} pixels, over {MAX_PIXELS}"
        image.convert("RGB")
    except Image.DecompressionBombError as error:
        return f"is a decompression bomb: {error}"
    # Pillow's decoders raise all of these for broken files
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        return f"is broken: {error}"
    return None
