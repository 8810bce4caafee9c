from __future__ import annotations

import itertools

from tests.planning.jobs import History, accepted, failed, made_by, orders, ready

FILM = {"kind": "film", "brief": "A fox finds the sea.", "duration_s": 10, "seed": 7}
SCENES = [
    {"picture": "a fox", "narration": "A fox lives here.", "duration_s": 4},
    {"picture": "the sea", "duration_s": 3},
]


def film_of(history: History) -> dict[str, object]:
    timeline: dict[str, object] = history.order_of("film").params["timeline"]
    return timeline


def test_a_film_grows_from_its_script_to_its_end() -> None:
    history = History()
    history.add(accepted(FILM))
    history.work_off()
    job = history.job
    assert job.status == "succeeded"
    assert set(job.nodes) == {
        "script",
        "music",
        "film",
        *(f"scene-{i:02d}.{part}" for i in (1, 2) for part in ("picture", "narration", "clip")),
    }
    assert history.order_of("music").params["duration_s"] == 10.0


def test_captions_that_nobody_chose_are_shown_once_and_old_jobs_keep_what_they_were_told() -> None:
    def asked(request: dict[str, object], plan_version: int = 3) -> object:
        history = History()
        history.add(accepted(request).model_copy(update={"plan_version": plan_version}))
        history.work_off()
        return film_of(history)["output"]["captions"]  # type: ignore[index]

    assert asked(FILM) == "sidecar"
    assert asked(FILM, plan_version=2) == "both"
    assert asked({**FILM, "captions": "both"}) == "both"
    assert asked({**FILM, "captions": "burned"}) == "burned"


def test_clips_cover_the_film_to_the_frame() -> None:
    history = History()
    history.add(accepted(FILM))
    history.work_off()
    video = film_of(history)["tracks"][0]["clips"]  # type: ignore[index]
    last = video[-1]
    assert round((last["start_s"] + last["duration_s"]) * 24) == 240
    for before, after in itertools.pairwise(video):
        overlap_s = before["start_s"] + before["duration_s"] - after["start_s"]
        assert abs(overlap_s - after["transition_in"]["duration_s"]) < 0.01


def test_given_scenes_need_no_script_and_a_silent_one_no_voice() -> None:
    history = History()
    first = orders(history.add(accepted({"kind": "film", "scenes": SCENES, "music": None})))
    assert {o.node_id for o in first} == {"scene-01.picture", "scene-01.narration", "scene-02.picture"}
    history.work_off()
    assert history.job.status == "succeeded"
    assert "music" not in history.job.nodes


def test_too_long_a_narration_is_spoken_again_faster() -> None:
    scenes = [{"picture": "a fox", "narration": "word " * 40, "duration_s": 8}]
    history = History()
    history.add(accepted({"kind": "film", "scenes": scenes}))
    history.work_off()
    job = history.job
    assert job.status == "succeeded"
    assert history.order_of("scene-01.narration-fast").params["speed"] > 1.0


def test_a_scene_without_a_length_has_what_the_others_leave_of_the_film() -> None:
    scenes = [{"picture": "a wood"}, {"picture": "a sea", "duration_s": 3}]
    request = {"kind": "film", "scenes": scenes, "duration_s": 11, "transition": "cut", "music": None}
    history = History()
    history.add(accepted(request))
    history.work_off()
    clips = film_of(history)["tracks"][0]["clips"]  # type: ignore[index]
    assert [clip["duration_s"] for clip in clips] == [8.0, 3.0]


def test_a_film_waits_for_words_that_stay_too_long_even_when_said_faster() -> None:
    scenes = [{"picture": "a fox", "narration": "word " * 40, "duration_s": 8}]
    history = History()
    history.add(accepted({"kind": "film", "scenes": scenes}))
    history.work_off()
    asset = made_by(history.order_of("scene-01.narration-fast"))
    assert asset.duration_s is not None
    pictures, voices = film_of(history)["tracks"][:2]  # type: ignore[index]
    end_s = pictures["clips"][-1]["start_s"] + pictures["clips"][-1]["duration_s"]
    assert end_s >= voices["clips"][0]["start_s"] + asset.duration_s - 1 / 24


def test_a_partial_film_goes_on_with_the_still_picture_of_a_failed_clip() -> None:
    history = History()
    history.add(accepted(FILM | {"on_failure": "partial"}))
    for _ in range(200):
        pending = [o for o in orders(history.commands) if not history.job.nodes[o.node_id].ended]
        if not pending:
            break
        order = pending[0]
        history.add(
            failed(order, "unsupported", retryable=False)
            if order.node_id == "scene-02.clip"
            else ready(order)
        )
    assert history.job.status == "succeeded"
    sources = [clip["source"] for clip in film_of(history)["tracks"][0]["clips"]]  # type: ignore[index]
    made = [made_by(history.order_of(name)).asset_id for name in ("scene-01.clip", "scene-02.picture")]
    assert sources == made


def test_a_script_that_nobody_can_read_fails_the_film() -> None:
    history = History()
    (order,) = orders(history.add(accepted(FILM)))
    made = ready(order)
    broken = made.model_copy(
        update={
            "products": (
                made.products[0].model_copy(
                    update={"asset": made.products[0].asset.model_copy(update={"text": "not a script"})}
                ),
            )
        }
    )
    history.add(broken)
    assert history.job.status == "failed"


def test_the_job_fraction_never_falls_while_the_film_grows() -> None:
    history = History()
    history.add(accepted(FILM))
    history.work_off()
    shown = [c.progress.job_fraction for c in history.commands if hasattr(c, "progress")]
    assert shown == sorted(shown)
    assert shown[-1] == 1.0


def captions_of(history: History) -> list[str]:
    tracks = film_of(history)["tracks"]
    return [
        clip["source"]["text"] for track in tracks if track["kind"] == "caption" for clip in track["clips"]
    ]  # type: ignore[attr-defined]


MARKED = [
    {
        "picture": "a harbour",
        "narration": "---\n**Welcome** to the _harbour_.\n\n* We `sail` at ~~dawn~~ with good old Dr. Smith and his dog.",
        "duration_s": 6,
    }
]


def test_captions_show_no_marks_and_end_at_no_abbreviation() -> None:
    history = History()
    history.add(accepted({"kind": "film", "scenes": MARKED, "music": None, "aspect_ratio": "9:16"}))
    history.work_off()
    shown = captions_of(history)
    assert (
        " ".join(" ".join(shown).split())
        == "Welcome to the harbour. We sail at dawn with good old Dr. Smith and his dog."
    )
    assert not any(line.endswith("Dr.") for text in shown for line in text.split("\n"))


def test_a_film_of_an_older_plan_keeps_the_captions_that_it_had() -> None:
    history = History()
    request = {"kind": "film", "scenes": MARKED, "music": None, "aspect_ratio": "9:16"}
    history.add(accepted(request).model_copy(update={"plan_version": 2}))
    history.work_off()
    assert "**Welcome**" in " ".join(captions_of(history))
