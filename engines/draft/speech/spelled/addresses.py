"""How addresses of mail and the web, telephone numbers, handles and hashtags are said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engines.draft.speech.spelled.numerals import digits
from engines.draft.speech.spelled.tongue import Rule, Tongue

_TOP = "com|org|net|edu|gov|info|io|ai|app|dev|tv|eu|de|fr|es|it|pt|br|nl|pl|ru|uk|us|ch|at|be|co|me|biz"
_MAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_WEB = re.compile(
    rf"(?:https?://|www\.)[^\s<>\"']+|(?<![\w.-])(?:[a-z0-9-]{{1,63}}\.){{1,8}}(?:{_TOP})\b(?:/[^\s<>\"']*)?",
    re.ASCII,
)
_PHONE = re.compile(
    r"(?<![\w.,])(?:"
    r"\+\d{1,3}(?:[ .()/-]{0,3}\d{1,6}){2,6}"  # +49 30 1234567
    r"|(?:1[ .-])?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}"  # 416-555-0192
    r"|\d{3}-\d{4}"  # 555-0192
    r"|0\d(?:[ .]\d{2}){4}"  # 01 42 68 53 00
    r"|0\d{1,5}[ /-]\d{2,9}(?:[ -]\d{2,5}){0,3}"  # 030 1234567, 0800/123456
    r"|\d(?:-\d{3}){2}-\d{2}-\d{2}|8 \(\d{3}\) \d{3}-\d{2}-\d{2}"  # 8-800-555-35-35
    r"|\d{3}(?:[ -]\d{3}){2}(?=[.!?]?\s*$)"
    r")(?![\w-]|[.,]\d)"
)
_SEGMENTS = 3


def rules(words: Tongue) -> Iterator[Rule]:
    """Yield the rules of addresses."""
    yield _MAIL, lambda match: _mail(match.group(), words)
    yield _WEB, lambda match: _web(match, words)
    yield _PHONE, lambda match: _phone(match, words)
    calls = (
        r"(?i:\b(?:call|dial|phone|text|wählen sie|wähle|ruf|rufen sie|appelez|composez|llame al|marque)\s+)"
    )
    yield (
        re.compile(rf"{calls}(\d{{3}})\b"),
        lambda match: match.group()[:-3] + digits(match.group(1), words.code),
    )
    yield re.compile(r"(?<![\w#])#(?=[^\W\d])"), lambda match: f"{words.hashtag} "
    yield re.compile(r"(?<![\w#])#(?=\d)"), lambda match: f"{words.number} "
    yield re.compile(r"(?<![\w@])@(?=\w)"), lambda match: f"{words.at} "


def _mail(written: str, words: Tongue) -> str:
    name, _, host = written.partition("@")
    return f"{_spoken(name, words)} {words.at} {_host(host, words)}"


def _web(match: re.Match[str], words: Tongue) -> str:
    written = match.group()
    bare = written.rstrip(".,;:!?)»”")
    tail = written[len(bare) :]
    host, _, path = re.sub(r"^(?:https?://)?(?:www\.)?", "", bare).partition("/")
    steps = [step for step in re.split(r"/", re.split(r"[?#]", path)[0]) if step][:_SEGMENTS]
    said = [_host(host, words), *(f"{words.slash} {_spoken(step, words)}" for step in steps)]
    return " ".join(said) + tail


def _host(host: str, words: Tongue) -> str:
    parts = host.split(".")
    last = parts.pop()
    top = " ".join(last.upper()) if len(last) == 2 else last
    return f" {words.dot} ".join([*(_spoken(part, words) for part in parts), top])


def _spoken(part: str, words: Tongue) -> str:
    """A name in an address: its marks are pauses between words, its digits are digits."""
    said = re.sub(r"\d+", lambda match: f" {digits(match.group(), words.code)} ", part)
    said = re.sub(r"\.", f" {words.dot} ", said)
    return " ".join(re.sub(r"[_+%~=&-]+", " ", said).split())


def _phone(match: re.Match[str], words: Tongue) -> str | None:
    written = match.group()
    if sum(char.isdigit() for char in written) < 7:
        return None
    before = match.string[max(0, match.start() - 2) : match.start()]
    if before.strip() in ("$", "€", "£") or (re.fullmatch(r"\d{3}-\d{4}", written) and before.endswith("-")):
        return None
    groups = re.findall(r"\d+", written)
    said = ", ".join(digits(group, words.code) for group in groups)
    return f"{words.plus} {said}" if written.startswith("+") else said
