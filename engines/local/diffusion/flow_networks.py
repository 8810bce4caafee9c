"""How FLUX.1, FLUX.2, Z-Image and Qwen-Image encode, predict and decode: each as its pipeline in diffusers does."""

from __future__ import annotations

from typing import Any, ClassVar

import torch
from diffusers.pipelines.flux.pipeline_flux import calculate_shift
from diffusers.pipelines.flux2.pipeline_flux2_klein import compute_empirical_mu

from engines.local.diffusion.flow import Canvas, FlowNetwork, FlowSample, Said

LATENT_PX = 8


class Flux1(FlowNetwork):
    """FLUX.1-schnell: four steps, no guidance; prompts are padded to one length."""

    name = "flux1-schnell"
    kind = "FluxPipeline"
    steps = 4
    most_tokens: ClassVar[int] = 256

    def encode(self, prompt: str) -> Said:
        """Encode by both encoders; the second one reads all of it."""
        rows, pooled, _ = self.pipeline.encode_prompt(prompt, prompt, max_sequence_length=self.most_tokens)
        return Said(rows, pooled, self.left_out(self.pipeline.tokenizer_2, prompt, self.most_tokens))

    def noise(self, canvas: Canvas, dtype: torch.dtype, generator: torch.Generator) -> torch.Tensor:
        """Return packed noise."""
        channels = self.pipeline.transformer.config.in_channels // 4
        latents: torch.Tensor = self.pipeline.prepare_latents(
            1, channels, canvas.height_px, canvas.width_px, dtype, self.pipeline.device, generator
        )[0]
        return latents

    def shift(self, canvas: Canvas) -> float:
        """Return the shift for its number of patches."""
        return _shift(self.pipeline.scheduler, canvas)

    def predict(self, samples: list[FlowSample]) -> list[torch.Tensor]:
        """Predict the flow of each."""
        first, pipeline = samples[0], self.pipeline
        latents, rows = _latents(samples), _rows(samples)
        high, wide = first.canvas.height_px // 16, first.canvas.width_px // 16
        with torch.inference_mode():
            predicted = pipeline.transformer(
                hidden_states=latents,
                timestep=_times(samples, latents.dtype),
                guidance=None,
                pooled_projections=torch.cat([sample.said[0].pooled for sample in samples]),
                encoder_hidden_states=rows,
                txt_ids=torch.zeros(rows.shape[1], 3, device=rows.device, dtype=rows.dtype),
                img_ids=pipeline._prepare_latent_image_ids(1, high, wide, rows.device, rows.dtype),
                return_dict=False,
            )[0]
            return list(predicted.split(1))

    def spatial(self, sample: FlowSample) -> torch.Tensor:
        """Unpack the latents."""
        grid: torch.Tensor = self.pipeline._unpack_latents(
            sample.latents, sample.canvas.height_px, sample.canvas.width_px, LATENT_PX
        )
        return grid

    def unscaled(self, latents: torch.Tensor) -> torch.Tensor:
        """Undo scale and shift of the decoder's numbers."""
        return _unscaled(self.pipeline.vae, latents)


class Flux2Klein(FlowNetwork):
    """FLUX.2-klein 4B, distilled: four steps, no guidance; prompts are padded to one length."""

    name = "flux2-klein"
    kind = "Flux2KleinPipeline"
    steps = 4
    most_tokens: ClassVar[int] = 512

    def encode(self, prompt: str) -> Said:
        """Encode by layers in the middle of its language model."""
        rows, _ = self.pipeline.encode_prompt(prompt, max_sequence_length=self.most_tokens)
        return Said(rows, None, self.left_out(self.pipeline.tokenizer, prompt, self.most_tokens))

    def noise(self, canvas: Canvas, dtype: torch.dtype, generator: torch.Generator) -> torch.Tensor:
        """Return packed noise."""
        channels = self.pipeline.transformer.config.in_channels // 4
        latents: torch.Tensor = self.pipeline.prepare_latents(
            1, channels, canvas.height_px, canvas.width_px, dtype, self.pipeline.device, generator
        )[0]
        return latents

    def shift(self, canvas: Canvas) -> float:
        """Return the shift that was measured for so many patches and steps."""
        return float(compute_empirical_mu(image_seq_len=canvas.tokens, num_steps=canvas.steps))

    def predict(self, samples: list[FlowSample]) -> list[torch.Tensor]:
        """Predict the flow of each."""
        latents, rows, pipeline = _latents(samples), _rows(samples), self.pipeline
        with torch.inference_mode():
            predicted = pipeline.transformer(
                hidden_states=latents.to(pipeline.transformer.dtype),
                timestep=_times(samples, latents.dtype),
                guidance=None,
                encoder_hidden_states=rows,
                txt_ids=pipeline._prepare_text_ids(rows).to(rows.device),
                img_ids=self._places(samples[0]).expand(len(samples), -1, -1),
                return_dict=False,
            )[0]
            return list(predicted.split(1))

    def _places(self, sample: FlowSample) -> torch.Tensor:
        grid = torch.empty(1, 1, sample.canvas.height_px // 16, sample.canvas.width_px // 16)
        places: torch.Tensor = self.pipeline._prepare_latent_ids(grid)
        return places.to(sample.latents.device)

    def spatial(self, sample: FlowSample) -> torch.Tensor:
        """Lay the patches out."""
        high, wide = sample.canvas.height_px // 16, sample.canvas.width_px // 16
        return sample.latents.permute(0, 2, 1).reshape(1, -1, high, wide)

    def unscaled(self, latents: torch.Tensor) -> torch.Tensor:
        """Undo the normalisation of the patches, and cut them into values."""
        norm, epsilon = self.pipeline.vae.bn, self.pipeline.vae.config.batch_norm_eps
        mean = norm.running_mean.view(1, -1, 1, 1).to(latents)
        deviation = torch.sqrt(norm.running_var.view(1, -1, 1, 1) + epsilon).to(latents)
        grid: torch.Tensor = self.pipeline._unpatchify_latents(latents * deviation + mean)
        return grid


class ZImage(FlowNetwork):
    """Z-Image-Turbo: eight calls of the network in nine steps, no guidance; prompts of any length share a call."""

    name = "z-image-turbo"
    kind = "ZImagePipeline"
    steps = 9
    most_tokens: ClassVar[int] = 512

    def encode(self, prompt: str) -> Said:
        """Encode by its language model: as many rows as there are tokens."""
        rows, _ = self.pipeline.encode_prompt(
            prompt, do_classifier_free_guidance=False, max_sequence_length=self.most_tokens
        )
        return Said(rows[0], None, self.left_out(self.pipeline.tokenizer, prompt, self.most_tokens))

    def noise(self, canvas: Canvas, dtype: torch.dtype, generator: torch.Generator) -> torch.Tensor:
        """Return noise, always in single precision."""
        latents: torch.Tensor = self.pipeline.prepare_latents(
            1,
            self.pipeline.transformer.in_channels,
            canvas.height_px,
            canvas.width_px,
            torch.float32,
            self.pipeline.device,
            generator,
        )
        return latents

    def shift(self, canvas: Canvas) -> float:
        """Return the shift for its number of patches."""
        return _shift(self.pipeline.scheduler, canvas)

    def predict(self, samples: list[FlowSample]) -> list[torch.Tensor]:
        """Predict the flow of each; the network counts time the other way round."""
        transformer = self.pipeline.transformer
        times = (1000 - torch.stack([sample.timestep for sample in samples])) / 1000
        with torch.inference_mode():
            predicted = transformer(
                [sample.latents[0].to(transformer.dtype).unsqueeze(1) for sample in samples],
                times,
                [sample.said[0].embeddings for sample in samples],
                return_dict=False,
            )[0]
            return [-each.float().squeeze(1).unsqueeze(0) for each in predicted]

    def spatial(self, sample: FlowSample) -> torch.Tensor:
        """Return the latents, which are a grid already."""
        return sample.latents

    def unscaled(self, latents: torch.Tensor) -> torch.Tensor:
        """Undo scale and shift of the decoder's numbers."""
        return _unscaled(self.pipeline.vae, latents.to(self.pipeline.vae.dtype))


class QwenImage(FlowNetwork):
    """Qwen-Image: guided by what is kept away from; shorter prompts of a call are padded, and the padding is masked."""

    name = "qwen-image-2512"
    kind = "QwenImagePipeline"
    steps = 50
    guidance = 4.0
    most_tokens: ClassVar[int] = 512

    def encode(self, prompt: str) -> Said:
        """Encode by its language model: as many rows as there are tokens."""
        rows, _ = self.pipeline.encode_prompt(prompt, max_sequence_length=self.most_tokens)
        return Said(rows, None, self.left_out(self.pipeline.tokenizer, prompt, self.most_tokens))

    def noise(self, canvas: Canvas, dtype: torch.dtype, generator: torch.Generator) -> torch.Tensor:
        """Return packed noise."""
        channels = self.pipeline.transformer.config.in_channels // 4
        latents: torch.Tensor = self.pipeline.prepare_latents(
            1, channels, canvas.height_px, canvas.width_px, dtype, self.pipeline.device, generator
        )
        return latents

    def shift(self, canvas: Canvas) -> float:
        """Return the shift for its number of patches."""
        return _shift(self.pipeline.scheduler, canvas)

    def predict(self, samples: list[FlowSample]) -> list[torch.Tensor]:
        """Predict the flow of each, towards its prompt and away from what is not wanted."""
        first, pairs = samples[0], [(sample, said) for sample in samples for said in sample.said]
        longest = max(said.embeddings.shape[1] for _, said in pairs)
        lengths = [said.embeddings.shape[1] for _, said in pairs]
        padded = [_padded(said.embeddings, longest) for _, said in pairs]
        device = first.latents.device
        mask = torch.arange(longest, device=device)[None] < torch.tensor(lengths, device=device)[:, None]
        shape = [(1, first.canvas.height_px // 16, first.canvas.width_px // 16)]
        with torch.inference_mode():
            predicted = self.pipeline.transformer(
                hidden_states=torch.cat([sample.latents for sample, _ in pairs]),
                timestep=_times([sample for sample, _ in pairs], first.latents.dtype),
                guidance=None,
                encoder_hidden_states_mask=None if bool(mask.all()) else mask.long(),
                encoder_hidden_states=torch.cat(padded),
                img_shapes=[shape] * len(pairs),
                return_dict=False,
            )[0]
            shares = predicted.split([len(sample.said) for sample in samples])
            return [
                _guided(share, sample.canvas.guidance) for sample, share in zip(samples, shares, strict=True)
            ]

    def spatial(self, sample: FlowSample) -> torch.Tensor:
        """Unpack the latents: one frame of a film."""
        grid: torch.Tensor = self.pipeline._unpack_latents(
            sample.latents, sample.canvas.height_px, sample.canvas.width_px, LATENT_PX
        )
        return grid

    def unscaled(self, latents: torch.Tensor) -> torch.Tensor:
        """Undo the normalisation of the decoder's numbers, channel by channel."""
        config = self.pipeline.vae.config
        mean = torch.tensor(config.latents_mean).view(1, -1, 1, 1, 1).to(latents)
        deviation = torch.tensor(config.latents_std).view(1, -1, 1, 1, 1).to(latents)
        return (latents * deviation + mean).to(self.pipeline.vae.dtype)


def _guided(rows: torch.Tensor, guidance: float) -> torch.Tensor:
    """Return the flow towards a prompt, guided, and as long as it was without."""
    if len(rows) == 1:
        return rows
    towards, away = rows.chunk(2)
    both = away + guidance * (towards - away)
    return both * (towards.norm(dim=-1, keepdim=True) / both.norm(dim=-1, keepdim=True))


def _padded(rows: torch.Tensor, longest: int) -> torch.Tensor:
    return torch.nn.functional.pad(rows, (0, 0, 0, longest - rows.shape[1]))


def _latents(samples: list[FlowSample]) -> torch.Tensor:
    return torch.cat([sample.latents for sample in samples])


def _rows(samples: list[FlowSample]) -> torch.Tensor:
    return torch.cat([sample.said[0].embeddings for sample in samples])


def _times(samples: list[FlowSample], dtype: torch.dtype) -> torch.Tensor:
    return torch.stack([sample.timestep for sample in samples]).to(dtype) / 1000


def _shift(scheduler: Any, canvas: Canvas) -> float:
    config = scheduler.config
    return float(
        calculate_shift(
            canvas.tokens,
            config.get("base_image_seq_len", 256),
            config.get("max_image_seq_len", 4096),
            config.get("base_shift", 0.5),
            config.get("max_shift", 1.15),
        )
    )


def _unscaled(vae: Any, latents: torch.Tensor) -> torch.Tensor:
    return latents / vae.config.scaling_factor + vae.config.shift_factor


NETWORKS: dict[str, type[FlowNetwork]] = {kind.name: kind for kind in (Flux1, Flux2Klein, ZImage, QwenImage)}
