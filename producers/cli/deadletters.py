"""Commands for dead letters: list and count them, look at one, send them again, drop them."""

from __future__ import annotations

import asyncio
import difflib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from infra.local.connection import settings_here
from operations.dead_letter import DeadLetter, Decision
from operations.dead_letters import DeadLetterBox
from producers.cli.letters import readable, summary, whole
from producers.cli.output import as_json, data, data_bytes, harmless, say, table
from producers.cli.reading import written
from runtime.errors import InvalidRequest

Json = Annotated[bool, typer.Option("--json", help="Give JSON on stdout.")]
Id = Annotated[
    str, typer.Argument(metavar="ID", help="<topic>/<partition>/<offset>, as `dlq list` gives it.")
]
Ids = Annotated[list[str] | None, typer.Argument(metavar="[ID]...", help="Ids, as `dlq list` gives them.")]
All = Annotated[bool, typer.Option("--all", help="All that are undecided.")]
Reason = Annotated[str | None, typer.Option(help="Only those with this reason.")]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    group = typer.Typer(
        help="List and count dead letters, look at them, send them again, drop them.", no_args_is_help=True
    )
    group.command("list")(list_)
    group.command("count")(count)
    group.command("show")(show)
    group.command("redrive")(redrive)
    group.command("drop")(drop)
    app.add_typer(group, name="dlq", rich_help_panel="Operating")


def list_(
    reason: Reason = None,
    decided: Annotated[bool, typer.Option("--decided", help="Also those redriven or dropped.")] = False,
    json_: Json = False,
) -> None:
    """List the dead letters that nobody has decided about, the oldest first.

    Example: `reelbus dlq list --reason not_json`
    """
    letters = [
        letter
        for letter in asyncio.run(_box().letters(bytes_of=()))
        if reason in {None, letter.reason} and (decided or letter.open)
    ]
    if json_:
        as_json([summary(letter) for letter in letters])
        return
    rows = [
        (harmless(x.id), harmless(x.reason), x.decision or "", harmless(x.time), harmless(x.error))
        for x in letters
    ]
    if rows:
        table(rows, ("id", "reason", "decided", "time", "error"))
    for name, number in Counter(letter.reason for letter in letters).most_common():
        say(f"{number:6} {harmless(name)}")
    say(
        "`reelbus dlq show ID`, then `redrive ID [--edit FILE]` or `drop ID`"
        if rows
        else "there are no dead letters"
    )


def count(
    decided: Annotated[bool, typer.Option("--decided", help="Also those redriven or dropped.")] = False,
    json_: Json = False,
) -> None:
    """Count the dead letters that nobody has decided about, by reason, the most frequent first.

    Example: `reelbus dlq count`
    """
    letters = asyncio.run(_box().letters(bytes_of=()))
    counts = Counter(letter.reason for letter in letters if decided or letter.open).most_common()
    if json_:
        as_json([{"reason": reason, "count": number} for reason, number in counts])
        return
    if counts:
        table([(harmless(reason), str(number)) for reason, number in counts], ("reason", "count"))
    say(f"{sum(number for _, number in counts)} dead letters")


def show(id_: Id, json_: Json = False) -> None:
    """Give a dead letter's bytes on stdout as they are, and its headers on stderr; with --json all in one.

    Example: `reelbus dlq show media.requests/3/17 > request.json`
    """
    (letter,) = _chosen(asyncio.run(_box().letters(bytes_of={id_})), [id_])
    if json_:
        as_json(whole(letter))
        return
    for name, value in letter.headers:
        say(f"{harmless(name)}: {readable(value)}")
    if letter.key is not None:
        say(f"key: {readable(letter.key)}")
    if letter.decision is not None:
        say(f"{letter.decision} at {letter.decided_at}")
    if letter.omitted:
        say("its bytes were too large to be kept here: they are in the source topic")
    data_bytes(letter.value or b"")


def redrive(
    ids: Ids = None,
    all_: All = False,
    reason: Reason = None,
    edit: Annotated[
        Path | None, typer.Option(help="Send the bytes of this file instead; - is stdin. One ID only.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Even if redriven or dropped before.")] = False,
    json_: Json = False,
) -> None:
    """Send dead letters to the topic that they came from, with their key and headers.

    If it fails again, its new dead letter names its first place in `dlq_origin`.

    Example: `reelbus dlq redrive media.requests/3/17 --edit request.json`
    """
    box = _box()
    letters = _asked_for(
        asyncio.run(box.letters(bytes_of=())), ids, everything=all_, reason=reason, again=again
    )
    value = _bytes_of(edit, letters) if edit is not None else None
    sent = asyncio.run(box.redrive(letters, value=value))
    if json_:
        as_json([{"id": letter.id, "place": place} for letter, place in sent])
        return
    for letter, place in sent:
        data(f"{letter.id} -> {place}")
    say(f"{len(sent)} redriven")


def drop(ids: Ids = None, all_: All = False, reason: Reason = None, json_: Json = False) -> None:
    """Take dead letters off the list; the records stay for as long as the topic keeps them.

    Example: `reelbus dlq drop --all --reason not_json`
    """
    box = _box()
    letters = _asked_for(
        asyncio.run(box.letters(bytes_of=())), ids, everything=all_, reason=reason, again=True
    )
    letters = [letter for letter in letters if letter.decision is not Decision.DROPPED]
    asyncio.run(box.drop(letters))
    if json_:
        as_json([letter.id for letter in letters])
        return
    for letter in letters:
        data(letter.id)
    say(f"{len(letters)} dropped")


def _box() -> DeadLetterBox:
    settings = settings_here()
    return DeadLetterBox(settings.kafka, settings.topic_prefix)


def _asked_for(
    letters: Sequence[DeadLetter],
    ids: Sequence[str] | None,
    *,
    everything: bool,
    reason: str | None,
    again: bool,
) -> list[DeadLetter]:
    """Return the letters that a command is about.

    Raises:
        InvalidRequest: None or both ways of naming are used, an id is unknown, or one was decided about before.
    """
    if bool(ids) == everything:
        raise InvalidRequest("name the dead letters by their ids, or say --all")
    if everything:
        return [
            letter
            for letter in letters
            if letter.open
            and reason in {None, letter.reason}
            and (again or letter.decision is not Decision.REDRIVING)
        ]
    if reason is not None:
        raise InvalidRequest("--reason goes with --all")
    chosen = _chosen(letters, ids or ())
    for letter in chosen:
        if letter.decision is Decision.REDRIVING and not again:
            raise InvalidRequest(
                f"a redrive of {letter.id} began at {letter.decided_at} and was cut off: it may have been sent; "
                "--again sends it (again)"
            )
        if not letter.open and not again:
            raise InvalidRequest(
                f"{letter.id} was {letter.decision} at {letter.decided_at}; --again redrives it all the same"
            )
    return chosen


def _chosen(letters: Sequence[DeadLetter], ids: Sequence[str]) -> list[DeadLetter]:
    known = {letter.id: letter for letter in letters}
    for id_ in ids:
        if id_ in known:
            continue
        nearest = difflib.get_close_matches(id_, known, n=1, cutoff=0.0)
        hint = f"; did you mean {nearest[0]}?" if nearest else ": there are none at all"
        raise InvalidRequest(f"there is no dead letter {id_}{hint}")
    return [known[id_] for id_ in dict.fromkeys(ids)]


def _bytes_of(file: Path, letters: Sequence[DeadLetter]) -> bytes:
    if len(letters) != 1:
        raise InvalidRequest("--edit gives the bytes of one dead letter: name one id")
    return written(str(file))
