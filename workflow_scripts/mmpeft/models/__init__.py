"""The model families and how to load a base model."""
