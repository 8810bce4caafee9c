"""A fleet file declares pools; everything that is wrong with one is said at once, with the nearest names."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalog.fleet import FleetInvalid, pool_of_worker, read_pools
from catalog.models import MODELS, Model
from catalog.pools import DEFAULT_POOLS, pools_of
from runtime.errors import InvalidRequest
from runtime.settings import Settings
from schemas.choices import MODALITIES

FLUX = Model(
    "flux", ("image-generation",), "local", "engines.nowhere:Flux", "1", "Paints.", pool="image-h100"
)
BOTH = Model("both", ("image-generation", "video-animation"), "local", "engines.nowhere:Both", "1", "Both.")
ROWS = (*MODELS, FLUX, BOTH)


def fleet(folder: Path, text: str) -> Path:
    path = folder / "fleet.toml"
    path.write_text(text, "utf-8")
    return path


def test_without_a_file_there_is_a_pool_for_each_modality_and_every_engine_is_in_its_own() -> None:
    assert read_pools(None).names == MODALITIES
    for row in MODELS:
        assert all(DEFAULT_POOLS.declares(row) for row in MODELS if not row.environment and not row.keys)
        assert DEFAULT_POOLS.homes_of(row)[0] in MODALITIES
    assert DEFAULT_POOLS.pool_of("draft-scene", "image-generation") == "image"
    assert DEFAULT_POOLS.pool_of("of-tomorrow", "image-generation") == "image"


def test_a_row_names_its_pool_and_nobody_has_declared_workers_for_it() -> None:
    pools = pools_of(models=ROWS)
    assert pools.pool_of("flux", "image-generation") == "image-h100"
    assert [pool.name for pool in pools.own] == ["image-h100"]
    assert not pools.declares(FLUX)
    assert pools.homes_of(BOTH) == ("image", "video")
    assert pools.pool_of("placeholder", "image-generation") == "image"


def test_a_file_declares_moves_and_scales(tmp_path: Path) -> None:
    path = fleet(
        tmp_path,
        """
        [pools.image-h100]
        engines = ["flux", "draft-scene"]
        workers = 0
        slots = 2
        [pools.voices]
        modality = "audio"
        engines = ["draft-audio"]
        [pools.video]
        workers = 3
        """,
    )
    pools = read_pools(path, ROWS)
    assert pools.names == (*MODALITIES, "image-h100", "voices")
    assert pools.pool_of("draft-scene", "image-generation") == "image-h100"
    assert pools.pool_of("draft-audio", "text-to-speech") == "voices"
    assert pools.declares(FLUX)
    assert (pools.pools["image-h100"].workers, pools.pools["image-h100"].slots) == (0, 2)
    assert pools.pools["video"].workers == 3
    image = [row.name for row in pools.rows_of("image")]
    assert "both" in image
    assert "draft-scene" not in image


def test_everything_that_is_wrong_is_said_at_once_with_the_nearest_names(tmp_path: Path) -> None:
    path = fleet(
        tmp_path,
        """
        workers = 3
        [pools.imag]
        [pools.image-h100]
        engines = ["flx", "draft-audio"]
        wrkers = 1
        workers = -1
        slots = true
        [pools.text]
        modality = "image"
        [pools.other]
        modality = "image"
        engines = ["flux"]
        [pools.another]
        modality = "pictures"
        [pools.more]
        modality = "image"
        engines = ["flux"]
        [pools.intake]
        modality = "text"
        [pools."UP.per"]
        modality = "text"
        """,
    )
    with pytest.raises(FleetInvalid) as caught:
        read_pools(path, ROWS)
    said = str(caught.value)
    for words in (
        "workers: no such field",
        'pools.imag: no such pool; did you mean "image',
        'no engine "flx"; did you mean "flux"?',
        "the engine draft-audio does no work of image",
        'pools.image-h100.wrkers: no such field; did you mean "workers"?',
        "pools.image-h100.workers: a whole number from 0 to 1000",
        "pools.image-h100.slots: a whole number from 1 to 1000",
        "pools.text.modality: the pool text is one of text",
        "pools.another.modality: ",
        "pools.more.engines: the engine flux stands in pools.other already",
        "pools.intake: ",
        "pools.UP.per: ",
    ):
        assert words in said, (words, said)


@pytest.mark.parametrize(
    "text",
    ["pools = 3", "[pools]\nimage = 3", "not toml", "[pools.image]\nengines = 'draft-scene'", "a = [" * 5000],
)
def test_what_is_no_fleet_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(FleetInvalid, match=r"fleet\.toml"):
        read_pools(fleet(tmp_path, text))


def test_a_file_that_is_not_there_or_no_text_or_huge_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FleetInvalid, match="cannot be read"):
        read_pools(tmp_path / "nobody.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "huge.toml").write_bytes(b"#" * (1024 * 1024 + 1))
    for name in ("binary.toml", "huge.toml"):
        with pytest.raises(FleetInvalid, match=name):
            read_pools(tmp_path / name)


def test_a_worker_says_its_pool_and_engines_and_wrong_ones_are_refused() -> None:
    pools = pools_of(models=ROWS)

    def of(modality: str, **given: str) -> tuple[str, tuple[str, ...]]:
        return pool_of_worker(Settings(**given), modality, pools)

    assert of("image") == ("image", ())
    assert of("image", worker_pool="image-h100", worker_engines="flux,") == ("image-h100", ("flux",))
    with pytest.raises(InvalidRequest, match=r'"image-h10".*did you mean "image-h100"'):
        of("image", worker_pool="image-h10")
    with pytest.raises(InvalidRequest, match="no pool"):
        of("text", worker_pool="image-h100")
    with pytest.raises(InvalidRequest, match=r'no engine "flox".*flux'):
        of("image", worker_pool="image-h100", worker_engines="flox")
