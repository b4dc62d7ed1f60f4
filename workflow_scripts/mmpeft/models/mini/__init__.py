"""The four mini models: architecture, tokenizer, curriculum and pre-training."""
