"""Whatever JSON somebody sends, it gets a verdict."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from planning.intake import Accepted, Offers, examine
from schemas.requests import JOB_REQUESTED, JOBS, REQUEST_TYPES

SHA = "sha256:" + "0" * 64

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
FIELDS = (
    st.sampled_from(
        ["kind", "tenant", "labels", "engines", "engine", "quality", "webhook_url", "job_id", "[key]", "a"]
    )
    | st.sampled_from(
        ["capability", "params", "items", "id", "nodes", "needs", "outputs", "$from", "field", "recipe"]
    )
    | st.sampled_from(
        ["brief", "scenes", "duration_s", "picture", "music", "mood", "voice", "language", "style"]
    )
    | st.sampled_from(
        ["timeline", "canvas", "tracks", "clips", "source", "output", "duck", "by", "motion", "from"]
    )
    | st.sampled_from(
        ["to", "x", "transition_in", "type", "image", "images", "references", "control", "assets"]
    )
    | st.sampled_from(["effects", "text", "width", "target_language", "width_px", "characters", "b"])
    | st.sampled_from(["json_schema", "properties", "pattern", "patternProperties", "$ref", "$defs"])
)
VALUES = (
    JSON
    | st.sampled_from(
        [*JOBS, "image-generation", "image-editing", "composition", "text-generation", "moderation"]
    )
    | st.sampled_from(
        ["a", "b", SHA, "video", "audio", "#/a/b", "(a", "http://[::1", 10**400, -(10**400), 1e308, "\ud800"]
    )
)
SHAPED = st.recursive(
    VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=6),
    max_leaves=30,
)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(REQUEST_TYPES), JSON | SHAPED)
def test_any_json_value_gets_a_verdict(request_type: str, data: Any) -> None:
    verdict = examine(request_type, data, offers=Offers(), allow_private_webhooks=False)
    assert isinstance(verdict, Accepted) or verdict.problems


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(list(JOBS)),
    st.dictionaries(FIELDS, SHAPED, max_size=6),
    st.dictionaries(
        st.sampled_from(["a", "b", "c"]), st.dictionaries(FIELDS, SHAPED, max_size=4), max_size=3
    ),
)
def test_any_request_of_a_known_kind_gets_a_verdict(
    kind: str, fields: dict[str, Any], nodes: dict[str, Any]
) -> None:
    data = fields | {"kind": kind, "nodes": nodes, "items": list(nodes.values())}
    verdict = examine(JOB_REQUESTED, data, offers=Offers(), allow_private_webhooks=False)
    assert isinstance(verdict, Accepted) or verdict.problems
