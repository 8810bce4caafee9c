"""What goes wrong at a provider has one of our codes, and nothing is paid twice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from catalog.models import Model
from catalog.models.remote import REMOTE
from catalog.providers import PROVIDERS
from engines.contract import Result
from engines.remote.engine import CardEngine
from engines.remote_contract import Failed, NotTaken, Pending, Ready, Standing, Ticket, TicketLost
from infra.fakes.faults import Fault
from infra.fakes.server import Fakes
from runtime.errors import (
    AddressRefused,
    EngineMissing,
    ModerationBlocked,
    ProviderAuth,
    ProviderFailed,
    ProviderRateLimited,
    ProviderRejected,
    ReelbusError,
)
from schemas.codes import ErrorCode
from tests.engines.remote.test_every_offer import engine_of, task

ONE_EACH = [
    next(row for row in REMOTE if row.provider == card.id and row.lifecycle == "active") for card in PROVIDERS
]
JOBS = [row for row in REMOTE if row.name in {"fal-flux-schnell", "replicate-flux-schnell", "runway-gen4.5", "xai-grok-imagine-video", "gemini-veo-3.1", "together-seedance", "openrouter-seedance"}]  # fmt: skip


def submit(row: Model, folder: Path) -> Ticket | Result:
    return engine_of(row).submit(task(folder, row.capabilities[0]), False)


def ended(engine: CardEngine, ticket: str) -> Standing:
    """Ask until it has ended."""
    while isinstance(found := engine.check(ticket), Pending):
        pass
    return found


@pytest.mark.parametrize("row", ONE_EACH, ids=lambda row: row.provider)
@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        ("auth", ProviderAuth),
        ("busy", ProviderRateLimited),
        ("quota", ProviderRejected),
        ("down", ProviderFailed),
        ("refused", ProviderRejected),
        ("moderated", ModerationBlocked),
    ],
)
def test_an_answer_that_says_no_is_sure_that_nothing_was_taken(
    fakes: Fakes, tmp_path: Path, row: Model, fault: Fault, cause: type[ReelbusError]
) -> None:
    fakes.faults.queue(row.provider, fault)
    with pytest.raises(NotTaken) as met:
        submit(row, tmp_path)
    assert type(met.value.__cause__) is cause
    if fault == "busy":
        assert met.value.__cause__.retry_after_s == 1.0
    assert f"fake-{row.provider}" not in str(met.value), "the key stays away"
    assert fakes.ledger.rows() == []


@pytest.mark.parametrize("row", ONE_EACH, ids=lambda row: row.provider)
@pytest.mark.parametrize("fault", ["lost", "error", "html"])
def test_whatever_may_have_been_taken_is_not_asked_again(
    fakes: Fakes, tmp_path: Path, row: Model, fault: Fault
) -> None:
    fakes.faults.queue(row.provider, fault)
    engine = engine_of(row)
    with pytest.raises(ProviderFailed):
        engine.submit(task(tmp_path / "a", row.capabilities[0]), False)
    with pytest.raises(ProviderRejected, match="outcome unknown"):
        engine.submit(task(tmp_path / "b", row.capabilities[0]), True)
    assert len(fakes.ledger.rows()) == (0 if fault == "html" else 1)


@pytest.mark.parametrize("row", JOBS, ids=lambda row: row.name)
def test_a_job_that_fails_or_is_forgotten_says_so(fakes: Fakes, tmp_path: Path, row: Model) -> None:
    engine = engine_of(row)
    for fault, words in (("failed", "broke|Internal"), ("forgotten", "knows nothing")):
        fakes.faults.queue(row.provider, fault)  # type: ignore[arg-type]
        ticket = engine.submit(task(tmp_path / fault, row.capabilities[0]), False)
        assert isinstance(ticket, Ticket)
        found = ended(engine, ticket.text)
        assert isinstance(found, Failed)
        assert found.code == ErrorCode.PROVIDER_FAILED
        assert re.search(words, found.message)


@pytest.mark.parametrize("row", JOBS, ids=lambda row: row.name)
def test_a_result_at_a_private_address_is_not_fetched(fakes: Fakes, tmp_path: Path, row: Model) -> None:
    fakes.faults.queue(row.provider, "private")
    engine, work = engine_of(row), task(tmp_path, row.capabilities[0])
    ticket = engine.submit(work, False)
    assert isinstance(ticket, Ticket)
    assert isinstance(ended(engine, ticket.text), Ready)
    with pytest.raises(AddressRefused, match="no public address"):
        engine.fetch(work, ticket.text)


def test_another_process_goes_on_with_a_ticket_alone(fakes: Fakes, tmp_path: Path) -> None:
    row = next(row for row in REMOTE if row.name == "runway-gen4.5")
    ticket = submit(row, tmp_path / "a")
    assert isinstance(ticket, Ticket)
    other = engine_of(row)
    assert isinstance(ended(other, ticket.text), Ready)
    assert other.fetch(task(tmp_path / "b", "video-generation"), ticket.text).products
    assert len(fakes.ledger.rows()) == 1


def test_work_that_is_called_off_ends(fakes: Fakes, tmp_path: Path) -> None:
    row = next(row for row in REMOTE if row.name == "replicate-flux-schnell")
    ticket = submit(row, tmp_path)
    assert isinstance(ticket, Ticket)
    engine = engine_of(row)
    engine.cancel(ticket.text)
    assert engine.check(ticket.text) == Failed(ErrorCode.PROVIDER_FAILED, "Replicate: canceled")
    with pytest.raises(ProviderFailed, match="none of this engine"):
        engine.check("nonsense")


def test_a_result_that_is_gone_is_a_lost_ticket(fakes: Fakes, tmp_path: Path) -> None:
    row = next(row for row in REMOTE if row.name == "fal-flux-schnell")
    with pytest.raises(TicketLost):
        engine_of(row).fetch(task(tmp_path, "image-generation"), '{"id": "fal-ffffffff"}')


def test_without_a_key_an_engine_is_missing_and_names_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FAL_KEY", raising=False)
    with pytest.raises(EngineMissing, match="FAL_KEY"):
        CardEngine("fal", "flux-schnell").load("cpu")


def test_a_provider_that_cannot_be_reached_has_surely_not_taken_it(
    fakes: Fakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAL_BASE_URL", "http://127.0.0.1:1")
    row = next(row for row in REMOTE if row.name == "fal-flux-schnell")
    with pytest.raises(NotTaken) as met:
        submit(row, tmp_path)
    assert isinstance(met.value.__cause__, ProviderFailed)


def test_how_often_and_how_long_work_is_asked_about_can_be_set(
    fakes: Fakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = next(row for row in REMOTE if row.name == "gemini-veo-3.1")
    for every, minutes, told in (("10", "15", (10.0, 900.0)), ("none", "-1", (20.0, 1800.0))):
        monkeypatch.setenv("POLL_INTERVAL_SEC", every)
        monkeypatch.setenv("POLL_MAX_MIN", minutes)
        ticket = submit(row, tmp_path / every)
        assert isinstance(ticket, Ticket)
        assert (ticket.check_in_s, ticket.expires_in_s) == told
        assert engine_of(row).check(ticket.text) == Pending(10.0 if every == "10" else None)
