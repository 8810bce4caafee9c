"""Given media are read for an engine by a process that may die of them, can reach nothing else, and names what is wrong."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from engines.contract import Input, Task
from engines.local.reading import reader as reading
from engines.local.reading.films import frames_of
from engines.local.reading.pictures import layered_picture_of, picture_of
from engines.local.reading.reader import Confines, Reader
from engines.local.reading.sounds import sound_of
from runtime.errors import AssetInvalid, Cancelled, InvalidRequest
from tests.engines.running import Quiet

MIB = 1 << 20
HOSTILE = Path(__file__).with_name("hostile_decoder.py")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    made = Reader()
    yield made
    made.close()


def given(path: Path, pointer: str = "/image", report: Quiet | None = None) -> Task:
    return Task("t", "image-editing", {}, 1, path.parent, report or Quiet(), {pointer: Input(path)})


def picture(folder: Path, mode: str = "RGB", size: tuple[int, int] = (32, 16)) -> Path:
    path = folder / "picture.png"
    Image.effect_noise(size, 60).convert(mode).save(path)
    return path


def sound(folder: Path, seconds: float = 0.5, rate_hz: int = 44_100) -> Path:
    path = folder / "sound.wav"
    tone = np.sin(np.arange(int(seconds * rate_hz)) * 2 * np.pi * 440 / rate_hz) * 0.5
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate_hz, 0, "NONE", ""))
        file.writeframes((tone * 32767).astype("<i2").tobytes())
    return path


def film(folder: Path, count: int = 5) -> Path:
    path = folder / "film.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(25), options={"crf": "10"})
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for n in range(count):
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), 40 * n, np.uint8), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_a_picture_is_what_the_file_holds(reader: Reader, tmp_path: Path) -> None:
    path = picture(tmp_path)
    with Image.open(path) as wanted:
        assert picture_of(given(path), "/image", reader=reader).tobytes() == wanted.tobytes()


def test_a_picture_comes_upright(reader: Reader, tmp_path: Path) -> None:
    path, exif = tmp_path / "turned.jpg", Image.Exif()
    exif[0x0112] = 6
    Image.linear_gradient("L").resize((64, 32)).convert("RGB").save(path, exif=exif)
    assert picture_of(given(path), "/image", reader=reader).size == (32, 64)


def test_where_a_picture_is_transparent_one_sees_what_is_behind(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "clear.png"
    Image.new("RGBA", (8, 8), (255, 0, 0, 0)).save(path)
    assert picture_of(given(path), "/image", reader=reader).getpixel((3, 3)) == (255, 255, 255)
    assert picture_of(given(path), "/image", behind=(0, 0, 9), reader=reader).getpixel((3, 3)) == (0, 0, 9)
    assert layered_picture_of(given(path), "/image", reader=reader).mode == "RGBA"


def test_a_sound_comes_as_mono_at_the_rate_that_is_asked_for(reader: Reader, tmp_path: Path) -> None:
    samples = sound_of(given(sound(tmp_path), "/reference"), "/reference", 16_000, reader=reader)
    assert samples.dtype == np.float32
    assert abs(len(samples) - 8000) <= 2
    spectrum = np.abs(np.fft.rfft(samples))
    assert abs(spectrum.argmax() * 16_000 / len(samples) - 440) <= 2


def test_a_film_comes_picture_by_picture(reader: Reader, tmp_path: Path) -> None:
    frames, fps = frames_of(given(film(tmp_path), "/video"), "/video", most=5, reader=reader)
    assert (frames.shape, frames.dtype, fps) == ((5, 48, 64, 3), np.uint8, 25.0)
    assert np.allclose(frames.mean(axis=(1, 2, 3)), [0, 40, 80, 120, 160], atol=6)


def test_what_is_no_medium_of_that_kind_is_refused_by_the_name_of_its_parameter(
    reader: Reader, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(picture(tmp_path).read_bytes()[:60])
    (words := tmp_path / "words").write_bytes(b"\0\1 nothing")
    for path, why in (
        (broken, "cannot be read"),
        (words, "no known media type"),
        (sound(tmp_path), "audio/wav"),
    ):
        with pytest.raises(AssetInvalid, match=rf"^/mask: .*{why}"):
            picture_of(given(path, "/mask"), "/mask", reader=reader)
    with pytest.raises(AssetInvalid, match=r"^/reference: .*image/png"):
        sound_of(given(picture(tmp_path), "/reference"), "/reference", 16_000, reader=reader)
    with pytest.raises(AssetInvalid, match=r"^/video: .*pictures that follow"):
        frames_of(given(sound(tmp_path), "/video"), "/video", most=9, reader=reader)
    with pytest.raises(InvalidRequest, match="/image"):
        picture_of(given(words, "/mask"), "/image", reader=reader)


def test_what_is_too_large_is_refused_with_what_is_allowed(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(AssetInvalid, match=r"^/image: it has 32 x 16 px, and a side of at most 31 px"):
        picture_of(given(picture(tmp_path)), "/image", largest_px=31, reader=reader)
    with pytest.raises(AssetInvalid, match=r"^/image: .*at most 0\.4 s|^/image: .*longer than 0\.4 s"):
        sound_of(given(sound(tmp_path)), "/image", 16_000, longest_s=0.4, reader=reader)
    with pytest.raises(AssetInvalid, match=r"^/image: .*more than 4 pictures"):
        frames_of(given(film(tmp_path)), "/image", most=4, reader=reader)


def test_a_bomb_takes_no_more_memory_than_a_file_may(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    Image.new("RGB", (8000, 8000)).save(path)
    reader = Reader(Confines(memory_bytes=256 * MIB))
    try:
        with pytest.raises(AssetInvalid, match=r"^/image: .*memory"):
            picture_of(given(path), "/image", reader=reader)
        assert picture_of(given(picture(tmp_path)), "/image", reader=reader).size == (32, 16)
    finally:
        reader.close()


def test_whoever_takes_too_long_is_ended(tmp_path: Path) -> None:
    os.mkfifo(path := tmp_path / "never.png")  # whoever opens it waits
    reader = Reader(Confines(time_s=0.3))
    try:
        with pytest.raises(AssetInvalid, match=r"^/image: .*too long"):
            picture_of(given(path), "/image", reader=reader)
    finally:
        reader.close()


def test_a_task_that_shall_stop_does_not_wait_for_its_file(tmp_path: Path) -> None:
    class Stopping(Quiet):
        def check(self) -> None:
            raise Cancelled("enough")

    os.mkfifo(path := tmp_path / "never.png")
    reader = Reader()
    try:
        began_s = time.monotonic()
        with pytest.raises(Cancelled):
            picture_of(given(path, report=Stopping()), "/image", reader=reader)
        assert time.monotonic() - began_s < 30
    finally:
        reader.close()


def test_a_reader_that_was_killed_is_replaced(tmp_path: Path) -> None:
    reader, path = Reader(), picture(tmp_path)
    try:
        picture_of(given(path), "/image", reader=reader)
        process = reader._process
        assert process is not None
        process.kill()
        process.wait()
        assert picture_of(given(path), "/image", reader=reader).size == (32, 16)
    finally:
        reader.close()


def test_many_threads_read_at_once(reader: Reader, tmp_path: Path) -> None:
    sizes = [(8 + n, 8) for n in range(8)]
    found: dict[int, tuple[int, int]] = {}

    def read(n: int) -> None:
        (folder := tmp_path / str(n)).mkdir()
        found[n] = picture_of(given(picture(folder, size=sizes[n])), "/image", reader=reader).size

    threads = [threading.Thread(target=read, args=(n,)) for n in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [found[n] for n in range(8)] == sizes


def test_a_decoder_that_was_taken_over_reaches_nothing(tmp_path: Path) -> None:
    """What is refused must be possible without confinement: the same attempts succeed here."""
    path, beside = picture(tmp_path), tmp_path / "beside"
    beside.write_bytes(b"secret")
    assert Path("/etc/passwd").read_bytes()
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    socket.create_connection(("127.0.0.1", port)).close()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = subprocess.Popen(
        [sys.executable, str(HOSTILE), str(theirs.fileno())], pass_fds=(theirs.fileno(),)
    )
    try:
        number = theirs.fileno()
        theirs.close()
        assert ours.recv(64) == b"ready"
        pipe, end = os.pipe()
        order = {"number": 1, "path": str(path), "memory_bytes": 512 * MIB, "cpu_s": 20, "time_s": 30.0}
        order |= {"port": port, "talk": number}
        socket.send_fds(ours, [json.dumps(order).encode()], [end])
        os.close(end)
        said = reading._received(pipe, MIB, time.monotonic() + 30, lambda: None)
        os.close(pipe)
    finally:
        ours.close()
        child.wait(20)
        server.close()
    assert said is not None
    assert said.head.pop("its own file") == "done"
    assert set(said.head.values()) <= {"errno 1", "errno 9", "errno 13"}, said.head
    assert len(said.head) == 7
