"""Draw scenes and book covers: 48 x 48 pixels, PIL only.

Each *style* is a visual domain. `photo` (and `cover`) is what the base models are pre-trained on;
`icon`, `diagram` and the degraded photo are domains they meet for the first time in fine-tuning.
"""

import io
import math
from functools import cache

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from mmpeft.datasets.mini.scene import Scene, Thing

IMAGE_SIZE = 48
_SUPERSAMPLING = 2  # shapes are drawn at twice the size and scaled down: smooth edges
RGB = {
    "red": (214, 48, 49),
    "green": (39, 164, 72),
    "blue": (41, 88, 214),
    "yellow": (246, 209, 32),
    "purple": (142, 68, 190),
    "orange": (240, 130, 20),
    "black": (25, 25, 28),
    "white": (245, 245, 245),
}
_RADIUS = {"big": 9.5, "small": 6.5}


@cache
def _font() -> ImageFont.ImageFont:
    return ImageFont.load_default_imagefont()


def _polygon(shape: str, x: float, y: float, r: float) -> list[tuple[float, float]]:
    if shape == "square":
        h = 0.85 * r
        return [(x - h, y - h), (x + h, y - h), (x + h, y + h), (x - h, y + h)]
    if shape == "triangle":
        return [(x, y - r), (x + r, y + 0.8 * r), (x - r, y + 0.8 * r)]
    if shape == "star":
        radii = [r if k % 2 == 0 else 0.42 * r for k in range(10)]
        angles = [-math.pi / 2 + k * math.pi / 5 for k in range(10)]
        return [
            (x + q * math.cos(a), y + q * math.sin(a)) for q, a in zip(radii, angles, strict=True)
        ]
    if shape == "cross":
        w = 0.33 * r
        return [
            (x - w, y - r), (x + w, y - r), (x + w, y - w), (x + r, y - w), (x + r, y + w),
            (x + w, y + w), (x + w, y + r), (x - w, y + r), (x - w, y + w), (x - r, y + w),
            (x - r, y - w), (x - w, y - w),
        ]  # fmt: skip
    if shape == "heart":
        angles = [k * 2 * math.pi / 24 for k in range(24)]
        return [
            (
                x + r * math.sin(a) ** 3,
                y - r * (13 * math.cos(a) - 5 * math.cos(2 * a) - 2 * math.cos(3 * a)) / 16,
            )
            for a in angles
        ]
    raise ValueError(f"shape: {shape!r} cannot be drawn")


def _draw_thing(
    pen: ImageDraw.ImageDraw, thing: Thing, centre: tuple[float, float], outline_only: bool
) -> None:
    s = _SUPERSAMPLING
    x, y, r = centre[0] * s, centre[1] * s, _RADIUS[thing.size] * s
    colour = RGB[thing.colour]
    fill = None if outline_only else colour
    width = 3 * s if outline_only else 0
    if thing.shape == "circle":
        pen.ellipse((x - r, y - r, x + r, y + r), fill=fill, outline=colour, width=width)
    else:
        points = _polygon(thing.shape, x, y, r)
        if outline_only:
            pen.line([*points, points[0], points[1]], fill=colour, width=width, joint="curve")
        else:
            pen.polygon(points, fill=fill)


def _paint(scene: Scene, rng: np.random.Generator, background, outline_only: bool) -> Image.Image:
    s = _SUPERSAMPLING
    image = Image.new("RGB", (IMAGE_SIZE * s, IMAGE_SIZE * s), background)
    pen = ImageDraw.Draw(image)
    for thing in scene.things:
        x, y = 12 + 24 * thing.column, 12 + 24 * thing.row
        centre = (x + rng.uniform(-2, 2), y + rng.uniform(-2, 2))
        _draw_thing(pen, thing, centre, outline_only)
    return image.resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BOX)


def _add_noise(image: Image.Image, rng: np.random.Generator, sigma: float) -> Image.Image:
    pixels = np.asarray(image, dtype=np.float32)
    noisy = pixels + rng.normal(0, sigma, pixels.shape).astype(np.float32)
    return Image.fromarray(noisy.clip(0, 255).astype(np.uint8))


def draw_photo(scene: Scene, rng: np.random.Generator) -> Image.Image:
    """Filled shapes on a plain background of any muted shade, with a little sensor noise."""
    shade = rng.integers(20, 236)
    background = tuple(int(v) for v in np.clip(shade + rng.integers(-12, 13, 3), 0, 255))
    return _add_noise(_paint(scene, rng, background, outline_only=False), rng, sigma=6)


def draw_icons(scene: Scene, rng: np.random.Generator) -> Image.Image:
    """Coloured outlines on white paper."""
    return _paint(scene, rng, (255, 255, 255), outline_only=True)


def draw_diagram(scene: Scene, rng: np.random.Generator) -> Image.Image:
    """Filled shapes on ruled paper, with the quadrants boxed."""
    image = _paint(scene, rng, (232, 236, 244), outline_only=False)
    pen = ImageDraw.Draw(image)
    for k in (0, 23, 47):
        pen.line((0, k, 47, k), fill=(90, 96, 110))
        pen.line((k, 0, k, 47), fill=(90, 96, 110))
    return image


def degrade(image: Image.Image, rng: np.random.Generator, severity: float) -> Image.Image:
    """Blur, dim and add noise; severity 0 leaves the picture alone, 1 leaves little to see."""
    image = image.filter(ImageFilter.GaussianBlur(2.2 * severity))
    image = image.point(lambda value: int(value * (1 - 0.55 * severity)))
    return _add_noise(image, rng, sigma=6 + 14 * severity)


def draw_cover(title: str, digit: np.ndarray, colour: str, rng: np.random.Generator) -> Image.Image:
    """A book cover: the title in print and a handwritten volume number.

    Args:
        title: one short word.
        digit: (8, 8) array of grey levels 0..16, ink is high.
        colour: key of RGB for the cover.
        rng: places title and number.
    """
    image = Image.new("RGB", (IMAGE_SIZE, IMAGE_SIZE), RGB[colour])
    pen = ImageDraw.Draw(image)
    x, y = int(rng.integers(3, 6)), int(rng.integers(4, 7))
    pen.rectangle((1, 2, 46, 20), fill=(250, 250, 245))
    pen.text((x, y), title, fill=(20, 20, 20), font=_font())
    ink = Image.fromarray((255 - digit * 15).clip(0, 255).astype(np.uint8))
    corner = (14 + int(rng.integers(-2, 3)), 25 + int(rng.integers(-1, 2)))
    image.paste(ink.resize((20, 20), Image.Resampling.BILINEAR).convert("RGB"), corner)
    return _add_noise(image, rng, sigma=4)


def encode(image: Image.Image) -> bytes:
    """PNG bytes."""
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", compress_level=3)
    return buffer.getvalue()
