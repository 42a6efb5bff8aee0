"""What is kept in git: no addresses of package registries or of one person's machine, and nothing made."""

from __future__ import annotations

import json
import re

from places import ROOT, short, tracked_files

# Written in pieces, so that this file does not contain what it looks for.
FORBIDDEN = [
    *("pypi" + ".org", "python" + "hosted", "registry." + "npmjs", "npm" + "mirror", "deb." + "debian"),
    *("mirrors" + ".", "/opt/" + "pypi"),
    *("/" + "work/" + place for place in ("main", "shared", "scratch")),
    *("jsde" + "livr", "unp" + "kg.com", "cdn" + "js.", "googleapis" + ".com"),
]
TEXT_LIMIT = 2_000_000


def test_no_tracked_file_names_a_registry_or_a_private_place() -> None:
    found = []
    for path in tracked_files():
        if path.stat().st_size > TEXT_LIMIT or path.suffix in (".png", ".jpg", ".parquet", ".woff2"):
            continue
        text = path.read_text("utf-8", "ignore")
        found += [f"{short(path)}: {word}" for word in FORBIDDEN if word in text]
    assert not found


def test_what_is_made_is_not_kept() -> None:
    made = re.compile(r"(^|/)(node_modules|static/vendor|gateways/fonts|\.venv|var|__pycache__)/|\.(mo|pyc)$")
    assert not [short(path) for path in tracked_files() if made.search(short(path))]


def test_the_web_assets_are_pinned_by_hash_and_not_by_address() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    for name, package in lock["packages"].items():
        assert "resolved" not in package, f"{name} carries an address"
        assert not name or package["integrity"].startswith("sha512-"), f"{name} has no hash"


def test_every_requirement_is_pinned_by_hash_to_one_version_for_all_purposes() -> None:
    versions: dict[str, str] = {}
    inputs = sorted((ROOT / "requirements").glob("*.in"))
    assert inputs
    for wanted in inputs:
        text = wanted.with_suffix(".txt").read_text("utf-8")
        assert "://" not in text
        assert "--" not in text.replace("--hash=sha256:", ""), f"{wanted.stem}.txt carries an option"
        pins = dict(re.findall(r"^([a-z0-9][a-z0-9.-]*)==([^\s;]+)", text, re.MULTILINE))
        for name, version in pins.items():
            assert versions.setdefault(name, version) == version, f"{name} has two versions"
        assert text.count("--hash=sha256:") >= len(pins)
        for line in wanted.read_text("utf-8").splitlines():
            name = re.match(r"[A-Za-z][A-Za-z0-9._-]*", line)
            if name:
                plain = re.sub(r"[._]", "-", name.group().lower())
                assert plain in pins, f"{wanted.name} wants {plain}; run requirements/compile"
