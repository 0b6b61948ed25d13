"""Makes docs/img/ anew: `python -m tests.screenshots`, some two minutes.

Six days are carried through the pipeline, one of them in cents and the last two with a repeated
claim; then a browser without a network shows the index and the page of the table that failed, light
and dark, wide and narrow. Pictures are kept small by a palette of 128 colours.
"""

import struct
import sys
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gx.data_docs.metrics import write_metrics
from tests.browser import browsing
from tests.homes import PROJECT, benefits, feed_from, pipeline, set_field
from tests.metric_days import metrics

IMAGES = PROJECT / "docs" / "img"
COLOURS = 128
# name, page, width, height, scheme
SHOTS = (
    ("index_light", "index", 1280, 1240, "light"),
    ("index_dark", "index", 1280, 1240, "dark"),
    ("index_phone", "index", 390, 1160, "light"),
    ("index_phone_dark", "index", 390, 1160, "dark"),
    ("failing_light", "failing", 1280, 1240, "light"),
    ("failing_dark", "failing", 1280, 1240, "dark"),
    ("failing_phone", "failing", 390, 1160, "light"),
    ("failing_phone_dark", "failing", 390, 1160, "dark"),
    ("history_light", "history", 1280, 920, "light"),
    ("history_dark", "history", 1280, 920, "dark"),
    ("history_phone", "history", 390, 920, "light"),
)


def in_cents(lines: list[str]) -> None:
    """The carrier sends cents where it sent dollars: a hundredth of each amount is left."""
    place = lines[0].split(",").index("amount")
    for nth, line in enumerate(lines[1:], start=1):
        if '"' not in line:
            lines[nth] = set_field(line, place, f"{float(line.split(',')[place]) / 100:.2f}")


def twice(lines: list[str]) -> None:
    """A claim stands twice."""
    lines.append(lines[5])


def feeds(folder: Path) -> Iterator[Path]:
    """Six days, with what happened on three of them."""
    daily = folder / "daily"
    made = benefits("generate", "--claims", "1800", "--employees", "150", "--days", "6",
                    "--seed", "7", "--out", daily, "--daily")  # fmt: skip
    assert made.code == 0, made.text
    for nth, day in enumerate(sorted(path for path in daily.iterdir() if path.is_dir())):
        if nth == 2:
            day = feed_from(day, folder / "in_cents", "claims_raw.csv", in_cents)
        if nth >= 4:
            day = feed_from(day, folder / f"twice_{nth}", "claims_raw.csv", twice)
        yield day


def with_palette(png: bytes) -> bytes:
    """The PNG with the colours that are seen most, each pixel in the nearest of them."""
    pixels = _pixels(png)
    seen, inverse, counts = np.unique(
        pixels.reshape(-1, 3), axis=0, return_inverse=True, return_counts=True
    )
    palette = seen[np.argsort(counts)[::-1][:COLOURS]].astype(int)
    nearest = np.array([((palette - one) ** 2).sum(axis=1).argmin() for one in seen.astype(int)])
    height, width, _ = pixels.shape
    rows = nearest[inverse.reshape(-1)].astype(np.uint8).reshape(height, width)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    return b"\x89PNG\r\n\x1a\n" + b"".join((
        _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)),
        _chunk(b"PLTE", palette.astype(np.uint8).tobytes()),
        _chunk(b"IDAT", zlib.compress(raw, 9)),
        _chunk(b"IEND", b""),
    ))  # fmt: skip


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _pixels(png: bytes) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    """The picture as height x width x 3; 8 bits a channel, with or without alpha."""
    place, header, packed = 8, b"", b""
    while place < len(png):
        size, kind = struct.unpack_from(">I4s", png, place)
        data = png[place + 8 : place + 8 + size]
        header, packed = (data, packed) if kind == b"IHDR" else (header, packed)
        packed += data if kind == b"IDAT" else b""
        place += size + 12
    width, height, depth, colour = struct.unpack_from(">IIBB", header)
    assert (depth, colour) in ((8, 2), (8, 6)), (depth, colour)
    channels = 3 if colour == 2 else 4
    lines = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + width * channels)
    picture = np.zeros((height, width, channels), np.uint8)
    above = np.zeros((width, channels), np.uint8)
    for nth, line in enumerate(lines):
        above = picture[nth] = _unfiltered(int(line[0]), line[1:].reshape(width, channels), above)
    return picture[:, :, :3]


def _unfiltered(
    kind: int, line: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]",
    above: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]",
) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":  # fmt: skip
    """A line of a PNG from its differences (PNG specification, section 9)."""
    if kind == 0:
        return line
    if kind == 1:
        return np.cumsum(line, axis=0, dtype=np.uint8)
    if kind == 2:
        return line + above
    found = line.astype(int)
    up = above.astype(int)
    left = corner = np.zeros(line.shape[1], int)
    for nth in range(len(found)):
        if kind == 3:
            guess = (left + up[nth]) // 2
        else:
            by_left, by_up = abs(up[nth] - corner), abs(left - corner)
            by_corner = abs(left + up[nth] - 2 * corner)
            guess = np.where(
                (by_left <= by_up) & (by_left <= by_corner),
                left,
                np.where(by_up <= by_corner, up[nth], corner),
            )
        left = found[nth] = (found[nth] + guess) % 256
        corner = up[nth]
    return found.astype(np.uint8)


def main() -> int:
    """Make the pictures; 1 where one is larger than 100 kB."""
    IMAGES.mkdir(exist_ok=True)
    sizes = []
    with tempfile.TemporaryDirectory() as folder, browsing() as browser:
        home = Path(folder, "home")
        for feed in feeds(Path(folder)):
            ran = pipeline(feed, home)
            print(ran.text.strip().splitlines()[-1])
            if ran.code == 1:
                assert benefits("release", "--home", home).code == 0
            if not (home / "dbt_docs").exists():
                assert benefits("docs", "--home", home).code == 0
        site = home / "data_docs"
        failing = sorted(site.glob("validations/raw/claims_raw/*/*/*.html"))[-1]
        pages = {
            "index": site / "index.html",
            "failing": failing,
            # six days are no history
            "history": write_metrics(Path(folder, "history"), metrics()),
        }
        for name, page, width, height, scheme in SHOTS:
            browser.show(pages[page].as_uri(), width=width, height=height, scheme=scheme)
            # pictures of a phone have no bar beside them
            browser.do("Emulation.setScrollbarsHidden", hidden=True)
            browser.ask("document.querySelector('.query')?.setAttribute('open', '')")
            picture = with_palette(browser.picture())
            (IMAGES / f"{name}.png").write_bytes(picture)
            sizes.append(len(picture))
            print(f"{name}.png {len(picture) / 1000:.0f} kB")
    return int(max(sizes) > 100_000)


if __name__ == "__main__":
    sys.exit(main())
