"""Checkpoints of the shapes of FLUX.1, FLUX.2, Z-Image and Qwen-Image with random weights, for the real loaders to read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers
from diffusers import AutoencoderKL, AutoencoderKLFlux2, AutoencoderKLQwenImage
from diffusers import FlowMatchEulerDiscreteScheduler as Scheduler

from tests.models import tiny

_SPECIAL = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|vision_start|>",
    "<|vision_end|>",
    "<|vision_pad|>",
    "<|image_pad|>",
    "<|video_pad|>",
]
_CHAT = "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"


def flux1(folder: Path) -> Path:
    """Write a FLUX.1 without guidance."""
    torch.manual_seed(0)
    pieces = ["<pad>", "</s>", "<unk>", "\u2581", *map(chr, range(33, 127))]
    reader = transformers.T5EncoderModel(
        transformers.T5Config(vocab_size=len(pieces), d_model=32, d_ff=32, d_kv=8, num_layers=2, num_heads=4)
    )
    diffusers.FluxPipeline(
        scheduler=_scheduler(),
        vae=_vae(),
        text_encoder=transformers.CLIPTextModel(tiny._text()),
        tokenizer=tiny._tokenizer(),
        text_encoder_2=reader,
        tokenizer_2=transformers.T5Tokenizer(vocab=[(piece, -1.0) for piece in pieces], extra_ids=0),
        transformer=diffusers.FluxTransformer2DModel(
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=32,
            pooled_projection_dim=32,
            axes_dims_rope=(4, 4, 8),
        ),
    ).save_pretrained(folder)
    return folder


def flux2_klein(folder: Path) -> Path:
    """Write a distilled FLUX.2-klein; it reads three layers of a language model of 28."""
    torch.manual_seed(0)
    tokenizer = _qwen_tokenizer()
    diffusers.Flux2KleinPipeline(
        scheduler=_scheduler(),
        vae=AutoencoderKLFlux2(
            block_out_channels=(8, 8, 8, 8),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=1,
            latent_channels=4,
            norm_num_groups=4,
        ),
        text_encoder=_qwen3(tokenizer, layers=28),
        tokenizer=tokenizer,
        transformer=diffusers.Flux2Transformer2DModel(
            in_channels=16,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=3 * 16,
            timestep_guidance_channels=16,
            axes_dims_rope=(4, 4, 4, 4),
            guidance_embeds=False,
        ),
        is_distilled=True,
    ).save_pretrained(folder)
    return folder


def z_image(folder: Path) -> Path:
    """Write a Z-Image."""
    torch.manual_seed(0)
    tokenizer = _qwen_tokenizer()
    transformer = diffusers.ZImageTransformer2DModel(
        in_channels=4,
        dim=32,
        n_layers=2,
        n_refiner_layers=1,
        n_heads=2,
        n_kv_heads=2,
        cap_feat_dim=16,
        axes_dims=[4, 4, 8],
        axes_lens=[1024, 64, 64],
    )
    with torch.no_grad():
        for token in (transformer.x_pad_token, transformer.cap_pad_token):
            token.normal_(std=0.02)
    diffusers.ZImagePipeline(
        scheduler=_scheduler(),
        vae=_vae(),
        text_encoder=_qwen3(tokenizer, layers=2).model,
        tokenizer=tokenizer,
        transformer=transformer,
    ).save_pretrained(folder)
    return folder


def qwen_image(folder: Path) -> Path:
    """Write a Qwen-Image."""
    torch.manual_seed(0)
    tokenizer = _qwen_tokenizer()
    number = tokenizer.convert_tokens_to_ids
    language = {
        "vocab_size": len(tokenizer),
        "hidden_size": 32,
        "intermediate_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "max_position_embeddings": 2048,
        "rope_parameters": {"mrope_section": [2, 3, 3], "rope_type": "default", "rope_theta": 1e6},
        "bos_token_id": number("<|endoftext|>"),
        "eos_token_id": number("<|im_end|>"),
        "pad_token_id": number("<|endoftext|>"),
    }
    sight = {
        "depth": 2,
        "hidden_size": 16,
        "intermediate_size": 32,
        "num_heads": 2,
        "out_hidden_size": 32,
        "fullatt_block_indexes": [1],
    }
    config = transformers.Qwen2_5_VLConfig(
        text_config=language,
        vision_config=sight,
        image_token_id=number("<|image_pad|>"),
        video_token_id=number("<|video_pad|>"),
        vision_start_token_id=number("<|vision_start|>"),
        vision_end_token_id=number("<|vision_end|>"),
        vision_token_id=number("<|vision_pad|>"),
    )
    diffusers.QwenImagePipeline(
        scheduler=_scheduler(max_shift=0.9, max_image_seq_len=8192, shift_terminal=0.02),
        vae=AutoencoderKLQwenImage(
            base_dim=8,
            z_dim=4,
            dim_mult=[1, 1, 1, 1],
            num_res_blocks=1,
            temperal_downsample=[False, True, True],
            latents_mean=[0.1] * 4,
            latents_std=[1.5] * 4,
        ),
        text_encoder=transformers.Qwen2_5_VLForConditionalGeneration(config),
        tokenizer=tokenizer,
        transformer=diffusers.QwenImageTransformer2DModel(
            patch_size=2,
            in_channels=16,
            out_channels=4,
            num_layers=2,
            attention_head_dim=24,
            num_attention_heads=2,
            joint_attention_dim=32,
            axes_dims_rope=(8, 8, 8),
        ),
    ).save_pretrained(folder)
    return folder


def _scheduler(**named: Any) -> Scheduler:
    shifting = {"base_shift": 0.5, "max_shift": 1.15, "base_image_seq_len": 256, "max_image_seq_len": 4096}
    return Scheduler(use_dynamic_shifting=True, **(shifting | named))


def _vae() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=[8] * 4,
        norm_num_groups=4,
        down_block_types=["DownEncoderBlock2D"] * 4,
        up_block_types=["UpDecoderBlock2D"] * 4,
        latent_channels=4,
        sample_size=64,
        scaling_factor=0.36,
        shift_factor=0.11,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )


def _qwen_tokenizer() -> transformers.Qwen2Tokenizer:
    words = [word for word in tiny._tokenizer().get_vocab() if len(word) == 1]
    vocabulary = {word: number for number, word in enumerate([*words, *_SPECIAL])}
    made = transformers.Qwen2Tokenizer(
        vocab=vocabulary, merges=[], eos_token="<|im_end|>", pad_token="<|endoftext|>", model_max_length=1024
    )
    made.add_special_tokens({"additional_special_tokens": _SPECIAL})
    made.chat_template = _CHAT
    return made


def _qwen3(tokenizer: transformers.Qwen2Tokenizer, layers: int) -> Any:
    return transformers.Qwen3ForCausalLM(
        transformers.Qwen3Config(
            vocab_size=len(tokenizer),
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=layers,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=8,
            max_position_embeddings=1024,
        )
    )
