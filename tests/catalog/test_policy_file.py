"""A policy file says what each tenant may use; everything that is wrong with one is said at once, with the nearest names."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.models import MODELS, Model
from catalog.policies import Policies, TenantPolicy, licences_of
from catalog.policy_file import PolicyInvalid, policy_file, read_policies
from catalog.weights.source import Source
from runtime.settings import Settings
from schemas.choices import FAMILIES

XTTS = Model(
    "xtts",
    ("text-to-speech",),
    "local",
    "engines.nowhere:Xtts",
    "1",
    "Speaks.",
    code_licence="MPL-2.0",
    weights_licence="CPML",
    commercial_ok=False,
)
ROWS = (*MODELS, XTTS)


def policies(folder: Path, text: str) -> Policies:
    path = folder / "policy.toml"
    path.write_text(text, "utf-8")
    return read_policies(path, ROWS)


def test_without_a_file_all_may_use_what_may_earn_money_and_nothing_else() -> None:
    found = read_policies(None).of("anybody")
    assert found == TenantPolicy(commercial_only=True, licences=None, families=FAMILIES)
    assert [found.objection(row) for row in MODELS] == [None] * len(MODELS)
    refused = found.objection(XTTS)
    assert refused is not None
    assert refused.of_licence
    assert "MPL-2.0 (code), CPML (weights)" in refused.because


def test_a_tenant_says_what_is_other_for_it_and_the_rest_is_as_for_all(tmp_path: Path) -> None:
    found = policies(
        tmp_path,
        """
        [default]
        families = ["draft", "local"]
        denied_engines = ["draft-audio"]
        [tenants.research]
        commercial_only = false
        [tenants.acme]
        licences = ["apache 2.0"]
        denied_engines = []
        """,
    )
    assert found.of("nobody") == TenantPolicy(families=("draft", "local"), denied_engines=("draft-audio",))
    assert found.of("research").commercial_only is False
    assert found.of("research").denied_engines == ("draft-audio",)
    assert found.of("research").objection(XTTS) is None
    assert found.of("acme") == TenantPolicy(licences=("apache 2.0",), families=("draft", "local"))
    allowed = [row.name for row in MODELS if found.of("acme").objection(row) is None]
    assert allowed == [row.name for row in MODELS if set(licences_of(row)) == {"Apache-2.0"}]
    assert found.of({"no": "name"}) == found.default


def test_each_licence_of_code_weights_and_their_sources_must_be_allowed() -> None:
    row = Model(
        "both",
        ("text-to-speech",),
        "local",
        "engines.nowhere:Both",
        "1",
        "Speaks.",
        code_licence="MIT AND Apache-2.0",
        weights_licence="none (no weights)",
        weights=(Source("hub", "a/b", "1", "CC-BY-4.0", ()),),
    )
    assert list(licences_of(row)) == ["MIT", "Apache-2.0", "CC-BY-4.0"]
    assert TenantPolicy(licences=("MIT", "Apache-2.0", "CC-BY-4.0")).objection(row) is None
    refused = TenantPolicy(licences=("MIT", "Apache-2.0")).objection(row)
    assert refused is not None
    assert refused.because.endswith("allowed are MIT, Apache-2.0, not CC-BY-4.0")
    assert refused.of_licence


def test_what_puts_media_together_is_asked_for_no_family() -> None:
    composer = next(row for row in MODELS if row.name == "composer")
    only_remote = TenantPolicy(families=("remote",))
    assert only_remote.objection(composer) is None
    assert [row.name for row in MODELS if only_remote.objection(row) is None] == ["composer"]


def test_everything_that_is_wrong_is_said_at_once_with_the_nearest_names(tmp_path: Path) -> None:
    with pytest.raises(PolicyInvalid) as caught:
        policies(
            tmp_path,
            """
            defaults = 3
            [default]
            comercial_only = true
            commercial_only = "yes"
            families = ["drafts"]
            engines = "xtts"
            licences = ["", "MIT"]
            [tenants.acme]
            denied_engines = ["xtt"]
            [tenants."a/b"]
            [tenants]
            three = 3
            """.replace("[tenants]\n            three", "[tenants.four]\n            three"),
        )
    said = str(caught.value)
    for words in (
        'defaults: no such field; did you mean "default"?',
        'default.comercial_only: no such field; did you mean "commercial_only"?',
        "default.commercial_only: true or false",
        'default.families: no family "drafts"; did you mean "draft"?',
        "default.engines: write a list of names",
        "default.licences: the name of a licence has 1 to 200 characters",
        'tenants.acme.denied_engines: no engine "xtt"; did you mean "xtts"?',
        'tenants."a/b": the name of a tenant',
        "tenants.four.three: no such field",
    ):
        assert words in said, (words, said)


@pytest.mark.parametrize(
    "text", ["tenants = 3", "default = 3", "[tenants]\nacme = 3", "not toml", "a = [" * 5000]
)
def test_what_is_no_policy_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(PolicyInvalid, match=r"policy\.toml"):
        policies(tmp_path, text)


def test_a_file_that_is_not_there_or_no_text_or_huge_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PolicyInvalid, match="cannot be read"):
        read_policies(tmp_path / "nobody.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "huge.toml").write_bytes(b"#" * (1024 * 1024 + 1))
    for name in ("binary.toml", "huge.toml"):
        with pytest.raises(PolicyInvalid, match=name):
            read_policies(tmp_path / name)


def test_the_file_is_the_named_one_else_that_beside_the_fleet_file(tmp_path: Path) -> None:
    fleet, named = tmp_path / "fleet.toml", tmp_path / "elsewhere.toml"
    assert policy_file(Settings(fleet=fleet)) is None
    (tmp_path / "policy.toml").write_text("", "utf-8")
    assert policy_file(Settings(fleet=fleet)) == tmp_path / "policy.toml"
    assert policy_file(Settings(fleet=fleet, policy=named)) == named
    assert policy_file(Settings()) is None
