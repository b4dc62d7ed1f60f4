"""Texts of options and of what is said of them, made comparable."""

# What may stand around a text without being part of it.
WRAPPING = " \t\r\n\"'`*()[]{}.:,;!"


def plain(text: str) -> str:
    """The text without case, wrapping marks and superfluous space."""
    return " ".join(text.strip(WRAPPING).casefold().split())
