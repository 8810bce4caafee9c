"""How a provider's result becomes files of a task: fetched or unpacked, known by its bytes, never more than is borne."""

from __future__ import annotations

import base64
import binascii
import json
import wave
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from catalog.providers.card import Provider, Yield
from engines.contract import Product, Result, Task
from engines.media.sniff import sniff
from engines.remote.answers import is_refusal, text_at
from engines.remote.http import Answer, Line
from net.fetch import Bounds, Refused, fetch, origin_of
from runtime.errors import ModerationBlocked, ProviderFailed, ProviderRejected
from schemas.capabilities import CAPABILITIES, Capability
from schemas.mediakinds import media_kind

BOUNDS = Bounds(size_bytes=2 << 30, time_s=900.0)
_WORDS = ("text/plain", "application/json", "text/markdown")
_SUFFIXES = {"audio/mpeg": "mp3", "audio/x-wav": "wav", "video/quicktime": "mov", "image/jpeg": "jpg"}
_TABLE_BYTES = 60_000


class Gone(Exception):
    """The provider has the result no longer."""


def result_of(answer: Answer, gives: Yield, task: Task, card: Provider, line: Line) -> Result:
    """Bring the result that an answer names into the folder of its task.

    Raises:
        ModerationBlocked: in the place of a result it says that it was refused.
        ProviderFailed: there is no result in it, or it does not come whole.
        ProviderRejected: it is nothing that the capability may give.
        Gone: it is there no longer.
    """
    degraded: list[str] = []
    if gives.text:
        return _written_words(answer, gives, task, card)
    path = task.workdir / "result"
    if gives.body and answer.body and answer.content is None:
        path.write_bytes(answer.body)
    elif gives.base64 and (packed := text_at(answer.content, gives.base64)):
        path.write_bytes(_unpacked(packed, card))
    elif gives.address and (address := text_at(answer.content, gives.address)):
        _fetched(address, path, gives, task, card, line)
    else:
        raise _nothing(answer, card)
    if gives.rate_hz:
        _with_header(path, gives.rate_hz)
    media_type = _kind(path, gives, task, card)
    wanted = str(task.params.get("format") or "")
    suffix = _SUFFIXES.get(media_type, media_type.rpartition("/")[2])
    if wanted and wanted not in {suffix, media_type.rpartition("/")[2]}:
        degraded.append(f"{card.name} gives {suffix}, and not the {wanted} that was asked for")
    final = path.with_suffix(f".{suffix}")
    path.replace(final)
    table = _table(answer, gives, task)
    return Result((Product(final, media_type, text=table),), tuple(degraded))


def _written_words(answer: Answer, gives: Yield, task: Task, card: Provider) -> Result:
    text = text_at(answer.content, gives.text)
    if not text:
        raise _nothing(answer, card)
    is_table = task.capability == Capability.SPEECH_TO_TEXT
    if is_table:
        words = list(gives.words(answer.content)) if gives.words is not None else []
        language = str(task.params.get("language") or answer.content.get("language") or "")
        text = json.dumps({"text": text, "language": language, "words": words}, ensure_ascii=False)
    elif task.params.get("json_schema"):
        text = _plain_json(text, task, card)
        is_table = True
    path = task.workdir / ("result.json" if is_table else "result.txt")
    path.write_text(text, "utf-8")
    fits = len(text.encode()) <= _TABLE_BYTES
    return Result(
        (Product(path, "application/json" if is_table else "text/plain", text=text if fits else None),)
    )


def _plain_json(text: str, task: Task, card: Provider) -> str:
    """Return JSON without the fence that models put around it.

    Raises:
        ProviderFailed: it is no JSON: asked again, it may be.
    """
    inner = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```").strip()
    try:
        json.loads(inner)
    except ValueError as error:
        raise ProviderFailed(f"{card.name} did not answer with JSON") from error
    return inner


def _unpacked(packed: str, card: Provider) -> bytes:
    try:
        return base64.b64decode(packed, validate=True)
    except binascii.Error as error:
        raise ProviderFailed(f"{card.name} gave a file that is no base 64") from error


def _fetched(address: str, path: Path, gives: Yield, task: Task, card: Provider, line: Line) -> None:
    if address.startswith("data:"):
        path.write_bytes(_unpacked(address.partition(",")[2], card))
        return
    headers = line.authorization if gives.with_key else None
    seen = 0

    def still(size_bytes: int) -> None:
        nonlocal seen
        if size_bytes - seen >= 8 << 20:
            seen = size_bytes
            task.report.step(0, 1, "fetching")

    try:
        fetch(address, path, BOUNDS, headers=headers, trusted=origin_of(line.address), still=still)
    except Refused as refused:
        if refused.status in {403, 404, 410}:
            raise Gone from refused
        raise ProviderFailed(f"{card.name} does not give its file ({refused.status})") from refused


def _with_header(path: Path, rate_hz: int) -> None:
    samples = path.read_bytes()
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples[: len(samples) // 2 * 2])


def _kind(path: Path, gives: Yield, task: Task, card: Provider) -> str:
    """Return what a file is by its bytes, which have to be of a kind that was asked for."""
    wanted = CAPABILITIES[Capability(task.capability)].result
    found = sniff(path) or ""
    if found == "video/mp4" and wanted == {"audio"}:
        found = "audio/mp4"
    if media_kind(found) not in wanted:
        raise ProviderRejected(
            f"{card.name} gave {found or 'something unknown'}, and {' or '.join(sorted(wanted))} was asked for"
        )
    return found


def _nothing(answer: Answer, card: Provider) -> ModerationBlocked | ProviderFailed:
    if is_refusal(answer.content, card):
        return ModerationBlocked(f"{card.name} will not make this")
    return ProviderFailed(f"{card.name} answers, and gives no result")


def _table(answer: Answer, gives: Yield, task: Task) -> str | None:
    """Return the words of speech with their times and places in the text, as other voices give them."""
    if gives.words is None or task.capability != Capability.TEXT_TO_SPEECH:
        return None
    words = _placed(str(task.params.get("text", "")), gives.words(answer.content))
    table = {"words": words, "duration_s": words[-1]["end_s"] if words else 0.0}
    written = json.dumps(table, ensure_ascii=False, separators=(",", ":"))
    return written if words and len(written.encode()) <= _TABLE_BYTES else None


def _placed(text: str, words: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    placed, at = [], 0
    for word in words:
        found = text.find(str(word["text"]), at)
        start = found if found >= 0 else at
        at = start + len(str(word["text"])) if found >= 0 else at
        times = {"start_s": round(float(word["start_s"]), 3), "end_s": round(float(word["end_s"]), 3)}
        placed.append({"text": word["text"], **times, "char_start": start, "char_end": at})
    return placed
