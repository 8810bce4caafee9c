"""What workers say decides which engines run here; what is declared counts while nobody knows better."""

from __future__ import annotations

from typing import Any

from catalog.models import MODELS, Model
from catalog.pools import Pool, pools_of
from planning.routing.announced import MOST_WORKERS, OFFERED_FOR_MS, SILENT_AFTER_MS, Announced
from schemas.orders import WorkerAnnounced

FLUX = Model("flux", ("image-generation",), "local", "engines.nowhere:Flux", "1", "Paints.", pool="gpu")
BRUSH = Model("brush", ("image-generation",), "local", "engines.nowhere:Brush", "1", "Paints.")
ROWS = (*MODELS, FLUX, BRUSH)
NOW = 1_000_000_000


def word(worker_id: str, pool: str = "image", **more: Any) -> WorkerAnnounced:
    return WorkerAnnounced(
        worker_id=worker_id, modality="image", slots=1, free=1, draining=False, pool=pool, **more
    )


def announced(*words: WorkerAnnounced, declared: tuple[Pool, ...] = ()) -> Announced:
    found = Announced(pools_of(declared, ROWS))
    for each in words:
        found.heard(each.worker_id, each, NOW)
    return found


def test_before_anybody_spoke_what_is_declared_runs_and_what_is_not_names_its_worker() -> None:
    elsewhere = announced().fleet(NOW).elsewhere
    apart = {each.name for each in MODELS if each.environment or each.keys}
    assert elsewhere.keys() == {"flux", *apart}
    assert elsewhere["fal-flux-schnell"] == "set FAL_KEY where its worker runs"
    assert elsewhere["flux"] == "start a worker that has it: reelbus worker image --pool gpu"
    declared = Pool("gpu", "image", ("flux",), workers=0)
    assert announced(declared=(declared,)).fleet(NOW).elsewhere.keys() == apart


def test_an_engine_with_an_environment_is_declared_by_a_pool_that_names_it_and_no_other() -> None:
    row = Model(
        "far", ("image-generation",), "local", "engines.nowhere:Far", "1", "Paints.", environment="far"
    )
    found = Announced(pools_of((), (*MODELS, row)))
    assert found.fleet(NOW).elsewhere["far"] == "start a worker that has it: reelbus worker image"
    found.heard("w1", word("w1", loadable=("far",)), NOW)
    assert "far" not in found.fleet(NOW).elsewhere
    named = Pool(
        "image",
        "image",
        tuple(each.name for each in (*MODELS, row) if "image-generation" in each.capabilities),
    )
    assert "far" not in Announced(pools_of((named,), (*MODELS, row))).fleet(NOW).elsewhere


def test_what_all_that_are_there_lack_does_not_run_and_their_remedy_is_told() -> None:
    lack = {"brush": "without torch: install it"}
    one, other = word("w1", missing=lack), word("w2", missing=lack)
    assert announced(one, other).fleet(NOW).elsewhere["brush"] == "without torch: install it"
    has = word("w3", loadable=("brush",))
    assert announced(one, has).fleet(NOW).runs("brush")
    assert announced(one, has).offering("brush", NOW) == ("w3",)


def test_a_worker_that_says_nothing_of_an_engine_is_an_older_one_and_no_hindrance() -> None:
    older = WorkerAnnounced(worker_id="old", modality="image", slots=1, free=1, draining=False)
    knows = word("new", missing={"brush": "without torch"})
    assert announced(older, knows).fleet(NOW).runs("brush")
    assert announced(word("w1", loadable=("draft-scene",))).fleet(NOW).runs("brush")


def test_what_was_offered_counts_while_its_worker_is_started_again() -> None:
    found = announced(word("w1", loadable=("brush",)), word("w2", missing={"brush": "without torch"}))
    found.heard("w1", None, NOW)
    assert found.offering("brush", NOW) == ()
    assert found.fleet(NOW).runs("brush")
    found.heard("w2", word("w2", missing={"brush": "without torch"}), NOW + OFFERED_FOR_MS)
    assert not found.fleet(NOW + OFFERED_FOR_MS).runs("brush")


def test_who_is_silent_for_long_is_gone() -> None:
    found = announced(word("w1", missing={"brush": "without torch"}))
    assert not found.fleet(NOW + SILENT_AFTER_MS - 1).runs("brush")
    assert found.fleet(NOW + SILENT_AFTER_MS).runs("brush")


def test_an_undeclared_pool_runs_when_a_worker_of_it_is_there() -> None:
    assert announced(word("w1", "gpu", loadable=("flux",))).fleet(NOW).runs("flux")


def test_an_engine_ails_when_all_that_offer_it_say_so_and_an_older_worker_says_nothing() -> None:
    ails: dict[str, Any] = {"ailing": {"brush": "it failed for 3 jobs"}, "loadable": ("brush",)}
    one, other = word("w1", **ails), word("w2", **ails)
    assert announced(one, other).fleet(NOW).ailing == {"brush": "it failed for 3 jobs"}
    assert announced(one, other).fleet(NOW).runs("brush")
    well = word("w3", loadable=("brush",))
    assert announced(one, other, well).fleet(NOW).ailing == {}
    elsewhere = word("w3", missing={"brush": "without torch"})
    assert announced(one, elsewhere).fleet(NOW).ails("brush")
    assert announced(one).fleet(NOW + SILENT_AFTER_MS).ailing == {}
    lies = word("w4", ailing={"brush": "x"})
    assert announced(lies).fleet(NOW).ailing == {}


def test_readers_of_before_read_the_words_of_now_and_readers_of_now_those_of_before() -> None:
    said = word("w1", loadable=("brush",), ailing={"brush": "it fails"}).to_json()
    assert WorkerAnnounced.model_validate(said | {"of_tomorrow": 1}, strict=False).ailing == {
        "brush": "it fails"
    }
    del said["ailing"]
    assert WorkerAnnounced.model_validate(said, strict=False).ailing == {}


def test_the_workers_that_are_remembered_are_bounded() -> None:
    found = announced(*(word(f"w{number}") for number in range(MOST_WORKERS + 5)))
    assert len(found.workers(NOW)) == MOST_WORKERS
