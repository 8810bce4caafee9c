"""What a tenant may not use is chosen for none of its work, by whichever way: pins, qualities, fallbacks."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Model
from catalog.policies import Policies, TenantPolicy
from planning.intake import Accepted, Offers, examine
from planning.job.acceptance import accept
from planning.routing.availability import Fleet
from planning.routing.choose import Need, Policy, Refused, Retired, choose, fallbacks_of
from schemas.choices import BEST, FAMILIES, QUALITIES
from schemas.requests import JOB_REQUESTED, REPLAY_REQUESTED
from tests.planning.jobs import History, failed, orders, started

PAINTS = "image-generation"
LICENCES = ("Apache-2.0", "MIT", "CC-BY-NC-4.0")
PICTURE = {"kind": "task", "capability": PAINTS, "params": {"prompt": "a fox"}}


def row(name: str, **columns: Any) -> Model:
    columns = {"family": "local", "capabilities": (PAINTS,), **columns}
    return Model(name=name, target="engines.nowhere:Nothing", revision="1", description=name, **columns)


FREE = row("free", qualities=("standard",))
GATED = row("gated", qualities=QUALITIES, weights_licence="CC-BY-NC-4.0", commercial_ok=False)
OTHER = row("other", qualities=("draft",), family="draft")
ROWS = (GATED, FREE, OTHER)

rows = st.lists(
    st.builds(
        row,
        st.sampled_from("abcdef"),
        family=st.sampled_from(FAMILIES),
        qualities=st.lists(st.sampled_from(QUALITIES), min_size=1, unique=True).map(tuple),
        weights_licence=st.sampled_from(LICENCES),
        commercial_ok=st.booleans(),
        lifecycle=st.sampled_from(("active", "deprecated", "retired")),
        fallbacks=st.lists(st.sampled_from("abcdef"), unique=True).map(tuple),
    ),
    unique_by=lambda each: each.name,
)
names = st.lists(st.sampled_from("abcdef"), unique=True).map(tuple)
policies = st.builds(
    TenantPolicy,
    commercial_only=st.booleans(),
    licences=st.none() | st.lists(st.sampled_from(LICENCES), unique=True).map(tuple),
    families=st.lists(st.sampled_from(FAMILIES), unique=True).map(tuple),
    engines=st.none() | names,
    denied_engines=names,
)
fleets = st.builds(
    Fleet,
    elsewhere=st.dictionaries(st.sampled_from("abcdef"), st.just("start it")),
    ailing=st.dictionaries(st.sampled_from("abcdef"), st.just("it fails")),
)


@given(rows, policies, fleets, st.sampled_from((*QUALITIES, BEST)), st.none() | st.sampled_from("abcdef"))
def test_no_choice_breaks_a_policy_and_none_is_refused_that_need_not_be(
    candidates: list[Model], tenant: TenantPolicy, fleet: Fleet, quality: str, pin: str | None
) -> None:
    policy = Policy(tenant=tenant)
    found = choose(Need(PAINTS, quality, pin), candidates, policy, fleet)
    may = [
        each
        for each in candidates
        if fleet.runs(each.name) and each.lifecycle != "retired" and tenant.objection(each) is None
    ]
    offering = [each for each in may if quality == BEST or quality in each.qualities]
    if isinstance(found, Refused):
        assert not (offering if pin is None else [each for each in may if each.name == pin])
        assert found.reasons
        return
    assert found in may
    assert pin in {None, found.name}
    for name in fallbacks_of(found, Need(PAINTS, quality), candidates, fleet, policy):
        assert name in {each.name for each in offering}
    if pin is None and fleet.ails(found.name):
        level = [each for each in offering if set(each.qualities) & set(found.qualities)]
        best = max(QUALITIES.index(each) for each in found.qualities)
        if quality != BEST:
            assert all(fleet.ails(each.name) for each in level)
        else:
            assert all(fleet.ails(each.name) for each in level if QUALITIES[best] in each.qualities)


def judged(request: dict[str, Any], tenant: TenantPolicy, kind: str = JOB_REQUESTED) -> list[tuple[str, ...]]:
    offered = Offers(candidates=ROWS, policies=Policies(tenants={"acme": tenant}))
    verdict = examine(kind, request | {"tenant": "acme"}, offers=offered, allow_private_webhooks=False)
    if isinstance(verdict, Accepted):
        return []
    return [(problem.path, str(problem.code), problem.message) for problem in verdict.problems]


def test_a_pin_that_its_licence_forbids_is_refused_with_both_licences_and_what_may_be_used() -> None:
    wrong = judged(PICTURE | {"engines": {PAINTS: "gated"}}, TenantPolicy())
    assert wrong == [
        (
            f"/engines/{PAINTS}",
            "licence_refused",
            'the engine "gated" is not for this tenant: its licence is Apache-2.0 (code), CC-BY-NC-4.0 (weights), '
            "which allows no commercial use; free, other may do this work",
        )
    ]
    assert judged(PICTURE | {"engines": {PAINTS: "gated"}}, TenantPolicy(commercial_only=False)) == []
    nodes = {"a": {"capability": PAINTS, "params": {"prompt": "x", "engine": "gated"}}}
    wrong = judged({"kind": "graph", "nodes": nodes}, TenantPolicy())
    assert [each[:2] for each in wrong] == [("/nodes/a/params/engine", "licence_refused")]


def test_a_replay_cannot_pin_what_its_tenant_may_not_use() -> None:
    replay = {"job_id": "00000000-0000-4000-8000-000000000000", "engines": {PAINTS: "gated"}}
    assert [each[:2] for each in judged(replay, TenantPolicy(), REPLAY_REQUESTED)] == [
        (f"/engines/{PAINTS}", "licence_refused")
    ]


def test_a_pin_that_is_refused_for_no_licence_says_what_the_policy_allows() -> None:
    for tenant, words in (
        (TenantPolicy(denied_engines=("free",)), "denied"),
        (TenantPolicy(engines=("other",)), "allowed are other"),
        (TenantPolicy(families=("draft",)), "its family is local; allowed are draft"),
    ):
        ((path, code, message),) = judged(PICTURE | {"engines": {PAINTS: "free"}}, tenant)
        assert (path, code) == (f"/engines/{PAINTS}", "engine_unavailable")
        assert words in message
        assert "other may do this work" in message


def test_work_without_a_pin_takes_the_next_that_is_allowed_and_else_is_refused_with_what_would_be() -> None:
    assert choose(Need(PAINTS, BEST), ROWS, Policy(tenant=TenantPolicy())) is FREE
    assert choose(Need(PAINTS, BEST), ROWS) is GATED
    ((path, code, message),) = judged(PICTURE | {"quality": "high"}, TenantPolicy())
    assert (path, code) == ("/capability", "licence_refused")
    assert '"gated" is not for this tenant: its licence is Apache-2.0 (code), CC-BY-NC-4.0' in message
    assert message.endswith("quality draft or standard has one")
    ((_, code, message),) = judged(PICTURE | {"quality": "high"}, TenantPolicy(False, engines=("free",)))
    assert code == "engine_unavailable"
    assert "allowed are free" in message


def test_who_goes_on_after_a_failure_is_fixed_by_the_policy_of_the_acceptance() -> None:
    main = row("main", fallbacks=("gated", "other"))
    gated = row("gated", commercial_ok=False, weights_licence="CPML")
    candidates = (main, gated, OTHER)

    def accepted(tenant: TenantPolicy) -> History:
        history = History()
        history.add(
            accept(
                PICTURE | {"tenant": "acme"},
                request_id="k",
                event_id="k",
                requested_ms=0,
                inputs={},
                candidates=candidates,
                policies=Policies(tenants={"acme": tenant}),
            )
        )
        return history

    for tenant, then in ((TenantPolicy(), "other"), (TenantPolicy(commercial_only=False), "gated")):
        history = accepted(tenant)
        order = orders(history.commands)[-1]
        history.add(started(order))
        history.add(failed(order, "engine_unavailable", retryable=False))
        assert history.job.nodes["result"].engine == then


def test_a_retired_engine_names_its_successor_and_is_chosen_for_nothing() -> None:
    old = row("old", lifecycle="retired", successor="free", qualities=("standard",))
    assert choose(Need(PAINTS, "standard"), (old, FREE)) is FREE
    assert choose(Need(PAINTS, "standard", "old"), (old, FREE)) == Refused((Retired("old", "free"),))
    assert isinstance(choose(Need(PAINTS, "standard"), (old,)), Refused)
    assert fallbacks_of(row("main", fallbacks=("old",)), Need(PAINTS, "standard"), (old, FREE)) == ()
    offered = Offers(candidates=(old, FREE))
    pinned = PICTURE | {"engines": {PAINTS: "old"}}
    verdict = examine(JOB_REQUESTED, pinned, offers=offered, allow_private_webhooks=False)
    assert not isinstance(verdict, Accepted)
    assert [(str(p.code), p.message) for p in verdict.problems] == [
        ("engine_unavailable", 'the engine "old" is retired; "free" takes its place')
    ]


def test_a_deprecated_engine_does_what_names_it_and_what_no_other_does() -> None:
    old = row("old", lifecycle="deprecated", successor="free", qualities=("draft", "standard"))
    assert choose(Need(PAINTS, "standard"), (old, FREE)) is FREE
    assert choose(Need(PAINTS, "standard", "old"), (old, FREE)) is old
    assert choose(Need(PAINTS, "draft"), (old, FREE)) is old


def test_one_that_ails_is_chosen_where_nothing_else_is_as_good_or_it_is_pinned() -> None:
    wide, narrow = row("wide"), row("narrow", limits=(("width_px", 512.0),))
    ails = Fleet(ailing={"wide": "it fails"})
    also = row("also", limits=())
    assert choose(Need(PAINTS, "draft"), (wide, also), fleet=ails) is also
    assert choose(Need(PAINTS, "draft", "wide"), (wide, also), fleet=ails) is wide
    assert choose(Need(PAINTS, "draft"), (wide, narrow), fleet=ails) is wide
    assert choose(Need(PAINTS, "draft"), (narrow, wide), fleet=Fleet(ailing={"narrow": "it fails"})) is wide
    both = Fleet(ailing={"wide": "it fails", "also": "it fails"})
    assert choose(Need(PAINTS, "draft"), (wide, also), fleet=both) is wide
    main = row("main", fallbacks=("wide", "also"))
    assert fallbacks_of(main, Need(PAINTS, "draft"), (wide, also), ails) == ("also", "wide")
