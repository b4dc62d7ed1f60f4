"""Floating-point operations by the formulas of the paper (Appendix on Table 15).

What the paper counts follows from its numbers, which these formulas reproduce: P_trainable holds
the method's parameters and the connector if it is tuned, P_frozen all others of the model, visual
encoder included; P_non_embedding is the whole model but for its input embedding.
"""


def train_flops(*, frozen: int, trainable: int, tokens: int) -> int:
    """(2 P_frozen + 4 P_trainable) N_t; tokens: N_t, all that were read and answered."""
    return (2 * frozen + 4 * trainable) * tokens


def inference_flops(*, non_embedding: int, layers: int, width: int, tokens: int) -> int:
    """2 (P_non_embedding + n_layer d_model N_t), as printed.

    By its form this is the cost of one token with N_t tokens before it, not that of all of them.
    """
    return 2 * (non_embedding + layers * width * tokens)
