"""Qwen-VL as a transformers model: image tokens placed into the text, decoder, head and loss."""

from __future__ import annotations

from typing import ClassVar

import torch
from torch import Tensor, nn
from transformers import GenerationMixin, PreTrainedModel
from transformers import initialization as init
from transformers.cache_utils import Cache, DynamicCache
from transformers.masking_utils import create_causal_mask
from transformers.modeling_outputs import BaseModelOutputWithPast, CausalLMOutputWithPast
from transformers.utils import can_return_tuple
from transformers.utils.output_capturing import capture_outputs

from .configuration import QwenVLConfig
from .language import (
    QwenVLAttention,
    QwenVLBlock,
    RMSNorm,
    logn_scale,
    ntk_alpha,
    rotary_tables,
)
from .vision import (
    CrossAttention,
    Resampler,
    VisionTower,
    grid_side,
    sincos_positions,
)


class QwenVLPreTrainedModel(PreTrainedModel):
    """What both classes share: capabilities and the initialisation of new weights."""

    config_class = QwenVLConfig
    base_model_prefix = "transformer"
    input_modalities = ("image", "text")
    supports_gradient_checkpointing = True
    _no_split_modules: ClassVar = ["QwenVLBlock", "VisualBlock", "Resampler"]
    _skip_keys_device_placement: ClassVar = ["past_key_values"]
    _supports_sdpa = True
    _supports_flash_attn = True
    _supports_attention_backend = True
    _can_record_outputs: ClassVar = {"hidden_states": QwenVLBlock, "attentions": QwenVLAttention}

    @classmethod
    def from_pretrained(cls, *args, **kwargs):
        """As in transformers, where loading makes all parameters trainable, also the fixed ones."""
        loaded = super().from_pretrained(*args, **kwargs)
        model = loaded[0] if isinstance(loaded, tuple) else loaded
        model._fix_positions()
        return loaded

    def requires_grad_(self, requires_grad: bool = True) -> QwenVLPreTrainedModel:
        """Switch gradients of everything but the resampler's fixed positions."""
        super().requires_grad_(requires_grad)
        self._fix_positions()
        return self

    def _fix_positions(self) -> None:
        for module in self.modules():
            if isinstance(module, Resampler):
                module.pos_embed.requires_grad_(False)

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        """Normal weights, zero biases; smaller weights in the last layer of a residual branch."""
        std = self.config.initializer_range
        if isinstance(module, (nn.Linear, nn.Conv2d)):
            branches = getattr(module, "residual_branches", 1)
            init.normal_(module.weight, std=std / branches**0.5)
            if module.bias is not None:
                init.zeros_(module.bias)
        elif isinstance(module, nn.Embedding):
            init.normal_(module.weight, std=std)
        elif isinstance(module, (nn.LayerNorm, RMSNorm)):
            init.ones_(module.weight)
            if getattr(module, "bias", None) is not None:
                init.zeros_(module.bias)
        elif isinstance(module, CrossAttention):
            # Queries must tell patches apart from the start, which std 0.02 does not give.
            init.xavier_uniform_(module.in_proj_weight)
            init.zeros_(module.in_proj_bias)
        elif isinstance(module, Resampler):
            count, width = module.pos_embed.shape
            init.trunc_normal_(module.query, std=0.02)
            init.copy_(module.pos_embed, sincos_positions(width, grid_side(count)))
        elif isinstance(module, VisionTower):
            init.normal_(module.positional_embedding, std=self.config.visual.width**-0.5)
            init.normal_(module.proj, std=std)


class QwenVLModel(QwenVLPreTrainedModel):
    """Everything but the output head."""

    def __init__(self, config: QwenVLConfig) -> None:
        super().__init__(config)
        self.wte = nn.Embedding(config.vocab_size, config.hidden_size)
        self.h = nn.ModuleList(QwenVLBlock(config, i) for i in range(config.num_hidden_layers))
        self.ln_f = RMSNorm(config.hidden_size, config.layer_norm_epsilon)
        self.visual = VisionTower(config.visual)
        self.post_init()

    def get_input_embeddings(self) -> nn.Embedding:
        return self.wte

    def set_input_embeddings(self, value: nn.Embedding) -> None:
        self.wte = value

    @capture_outputs
    def forward(
        self,
        input_ids: Tensor | None = None,
        pixel_values: Tensor | None = None,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Cache | None = None,
        inputs_embeds: Tensor | None = None,
        use_cache: bool | None = None,
        **kwargs,
    ) -> BaseModelOutputWithPast:
        """Hidden states [B, T, D] of new tokens; for the arguments see the class with the head."""
        if (input_ids is None) == (inputs_embeds is None):
            raise ValueError("give either input_ids or inputs_embeds")
        if inputs_embeds is None:
            inputs_embeds = self._place_images(self.wte(input_ids), input_ids, pixel_values)
        if use_cache is None:
            use_cache = self.config.use_cache and not self.training
        if use_cache and past_key_values is None:
            past_key_values = DynamicCache(config=self.config)
        past = 0 if past_key_values is None else past_key_values.get_seq_length()
        total = past + inputs_embeds.shape[1]
        flat_mask = attention_mask if getattr(attention_mask, "ndim", 0) == 2 else None
        if position_ids is None:
            position_ids = self._positions(flat_mask, past, inputs_embeds)
        mask = create_causal_mask(
            config=self.config,
            inputs_embeds=inputs_embeds,
            attention_mask=attention_mask,
            past_key_values=past_key_values,
            position_ids=position_ids,
        )
        base = self._rotary_base(flat_mask, total, past_key_values, inputs_embeds)
        rotary = rotary_tables(
            position_ids, base, self.config.kv_channels, dtype=inputs_embeds.dtype
        )
        long = total > self.config.seq_length and not self.training
        query_scale = (
            logn_scale(position_ids, self.config.seq_length, inputs_embeds.dtype)
            if long and self.config.use_logn_attn
            else None
        )
        hidden = inputs_embeds
        for block in self.h:
            hidden = block(
                hidden,
                attention_mask=mask,
                rotary=rotary,
                query_scale=query_scale,
                past_key_values=past_key_values,
            )
        return BaseModelOutputWithPast(
            last_hidden_state=self.ln_f(hidden),
            past_key_values=past_key_values if use_cache else None,
        )

    def _place_images(self, text: Tensor, input_ids: Tensor, pixel_values: Tensor | None) -> Tensor:
        """Put image tokens at the placeholders after each image start, in reading order.

        Whether a cache exists does not matter: a prefix of Prefix-Tuning is one. text: [B, T, D].
        Raises ValueError if the placeholders do not number I * Q, or if images are missing.
        """
        queries = self.config.visual.n_queries
        # A placeholder elsewhere is the output of a model that has not learned better.
        index = torch.arange(input_ids.shape[1], device=input_ids.device)
        opened = torch.where(input_ids == self.config.image_start_id, index, -queries - 1)
        near = index - opened.cummax(dim=1).values <= queries
        wanted = near & (input_ids == self.config.image_token_id)
        count = int(wanted.sum())
        if pixel_values is None:
            if count:
                raise ValueError(f"{count} image placeholders in input_ids, but no pixel_values")
            return text
        if count == 0:
            return text
        if count != pixel_values.shape[0] * queries:
            raise ValueError(
                f"{pixel_values.shape[0]} images need {pixel_values.shape[0] * queries} "
                f"placeholders ({queries} each), input_ids has {count}"
            )
        image_tokens = self.visual(pixel_values).to(text.dtype)
        return text.masked_scatter(wanted[:, :, None], image_tokens)

    @staticmethod
    def _positions(mask: Tensor | None, past: int, embeds: Tensor) -> Tensor:
        """Positions [B or 1, T] of new tokens: real tokens count from 0, padding does not count."""
        new = embeds.shape[1]
        if mask is None:
            return torch.arange(past, past + new, device=embeds.device)[None]
        return (mask.long().cumsum(-1) - 1).clamp(min=0)[:, -new:]

    def _rotary_base(
        self, mask: Tensor | None, total: int, cache: Cache | None, embeds: Tensor
    ) -> float | Tensor:
        """Base of the rotary angles, a number or [B]; grows with the prompt by dynamic NTK.

        As in the original the first chunk decides, since cached keys are rotated already; so the
        base lives on the cache. Rows count their own tokens, so padding changes nothing.
        """
        decided = getattr(cache, "rotary_base", None)
        if decided is not None:
            return decided
        base = float(self.config.rotary_emb_base)
        if self.config.use_dynamic_ntk and not self.training and total > self.config.seq_length:
            whole = torch.full((embeds.shape[0],), total, device=embeds.device)
            lengths = whole if mask is None else mask.long().sum(-1)
            channels = self.config.kv_channels
            alpha = ntk_alpha(lengths, self.config.seq_length)
            base = base * alpha ** (channels / (channels - 2))
        if cache is not None:
            cache.rotary_base = base
        return base


class QwenVLForConditionalGeneration(QwenVLPreTrainedModel, GenerationMixin):
    """Qwen-VL with its output head; at the default sizes this is Qwen-VL-Chat."""

    _tied_weights_keys: ClassVar = {"lm_head.weight": "transformer.wte.weight"}

    def __init__(self, config: QwenVLConfig) -> None:
        super().__init__(config)
        self.transformer = QwenVLModel(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()

    def get_input_embeddings(self) -> nn.Embedding:
        return self.transformer.wte

    def set_input_embeddings(self, value: nn.Embedding) -> None:
        self.transformer.wte = value

    def get_output_embeddings(self) -> nn.Linear:
        return self.lm_head

    def set_output_embeddings(self, value: nn.Linear) -> None:
        self.lm_head = value

    @can_return_tuple
    def forward(
        self,
        input_ids: Tensor | None = None,
        pixel_values: Tensor | None = None,
        attention_mask: Tensor | None = None,
        position_ids: Tensor | None = None,
        past_key_values: Cache | None = None,
        inputs_embeds: Tensor | None = None,
        labels: Tensor | None = None,
        use_cache: bool | None = None,
        logits_to_keep: int | Tensor = 0,
        **kwargs,
    ) -> CausalLMOutputWithPast:
        """Logits [B, T, vocabulary], and the loss if labels [B, T] (-100: ignored) are given.

        input_ids: [B, T], with `n_queries` placeholders per image. pixel_values: the images of the
        whole batch in reading order, [I, 3, side, side]. attention_mask: [B, S] over cached and
        new tokens, padding on either side. logits_to_keep: last positions (0: all), or indices.
        """
        outputs = self.transformer(
            input_ids=input_ids,
            pixel_values=pixel_values,
            attention_mask=attention_mask,
            position_ids=position_ids,
            past_key_values=past_key_values,
            inputs_embeds=inputs_embeds,
            use_cache=use_cache,
            **kwargs,
        )
        kept = slice(-logits_to_keep, None) if isinstance(logits_to_keep, int) else logits_to_keep
        logits = self.lm_head(outputs.last_hidden_state[:, kept])
        loss = None
        if labels is not None:
            loss = self.loss_function(
                logits=logits, labels=labels, vocab_size=self.config.vocab_size, **kwargs
            )
        return CausalLMOutputWithPast(
            loss=loss,
            logits=logits,
            past_key_values=outputs.past_key_values,
            hidden_states=outputs.hidden_states,
            attentions=outputs.attentions,
        )
