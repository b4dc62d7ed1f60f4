"""Datasets: their registry, prompts and one canonical row layout on disk."""
