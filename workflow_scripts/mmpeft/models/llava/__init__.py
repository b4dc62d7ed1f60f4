"""LLaVA-1.5 and its kin as they are published, made ready for the classes of transformers."""
