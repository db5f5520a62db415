"""Gather free fonts for official documents into .setup/fonts: from Debian packages and
from the npm packages of package.json.

Safe to repeat, quick when they are there. Nothing is installed on the machine: packages are downloaded to a temporary
folder, and only the font files are kept. An office with fonts of its own sets SHISHI_FONTS and needs none of these.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from shishi.adapters.rendering.fonts import Face, FontSet, coverage, find_fonts
from shishi.core.errors import Refused

ROOT = Path(__file__).resolve().parents[1]
FONTS = ROOT / ".setup" / "fonts"
GB2312 = frozenset(
    ord(bytes((row, cell)).decode("gb2312"))
    for row in range(0xB0, 0xF8)
    for cell in range(0xA1, 0xFF)
    if not (row == 0xD7 and cell > 0xF9)
)

DEBIAN: Mapping[str, tuple[str, ...]] = {
    "texlive-lang-chinese": (
        "FandolFang-Regular.otf",
        "FandolHei-Regular.otf",
        "FandolKai-Regular.otf",
        "FandolSong-Regular.otf",
    ),
    "fonts-lxgw-wenkai": ("LXGWWenKai-Regular.ttf",),
}
NPM: Mapping[str, str] = {
    "NotoSerifSC_700Bold.ttf": "@expo-google-fonts/noto-serif-sc/700Bold",
    "NotoSansSC_400Regular.ttf": "@expo-google-fonts/noto-sans-sc/400Regular",
}


class NotGathered(Exception):
    """What is missing and what to do about it."""


def complete() -> bool:
    """Whether every font is there and its faces hold all of GB 2312."""
    names = {name for files in DEBIAN.values() for name in files} | NPM.keys()
    if not names <= {path.name for path in FONTS.glob("*")}:
        return False
    try:
        fonts = find_fonts(FONTS)
    except Refused:
        return False
    return all(holds_gb2312(fonts, face) for face in Face)


def holds_gb2312(fonts: FontSet, face: Face) -> bool:
    """Whether a face can draw the 6,763 characters of GB 2312."""
    file = fonts.files[face]
    return coverage(file.path, file.index) >= GB2312


def gather() -> None:
    """Fetch what is missing."""
    FONTS.mkdir(parents=True, exist_ok=True)
    for name, folder in NPM.items():
        source = ROOT / "node_modules" / folder / name
        if not source.is_file():
            raise NotGathered(f"{source.relative_to(ROOT)} is not there. Run `npm ci` first (make setup does).")
        keep(source)
    for package, files in DEBIAN.items():
        if all((FONTS / name).is_file() for name in files):
            continue
        print(f"Fetching {', '.join(files)} from the Debian package {package}", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="fonts-") as folder:
            unpack(package, Path(folder))
            for name in files:
                found = next(Path(folder).rglob(name), None)
                if found is None:
                    raise NotGathered(f"The package {package} of this system has no {name}. {OWN_FONTS}")
                keep(found)


OWN_FONTS = (
    "Put fonts for 仿宋, 小标宋, 黑体, 楷体, 宋体 and a fallback for rare characters into a folder "
    "and name it with the environment variable SHISHI_FONTS."
)


def keep(source: Path) -> None:
    """Copy a font so that it is there whole or not at all."""
    passing = FONTS / f".{source.name}"
    shutil.copyfile(source, passing)
    os.replace(passing, FONTS / source.name)


def unpack(package: str, folder: Path) -> None:
    """Download a Debian package and unpack it in ``folder``; without package lists, fetch them there too."""
    apt, dpkg = shutil.which("apt-get"), shutil.which("dpkg")
    if apt is None or dpkg is None:
        raise NotGathered(f"This system has no apt-get and dpkg. {OWN_FONTS}")
    private = [f"Dir::State::Lists={folder}/lists", f"Dir::Cache={folder}/cache"]
    options = [part for option in private for part in ("-o", option)]
    for part in ("lists/partial", "cache/archives/partial"):
        (folder / part).mkdir(parents=True)
    told = run([apt, "download", package], folder)
    if told:
        told = run([apt, *options, "update"], folder) or run([apt, *options, "download", package], folder)
    deb = next(folder.glob("*.deb"), None)
    if deb is None:
        raise NotGathered(f"apt-get could not download {package}: {told or 'it said nothing'}\n{OWN_FONTS}")
    told = run([dpkg, "-x", str(deb), str(folder / "unpacked")], folder)
    if told:
        raise NotGathered(f"dpkg could not unpack {deb.name}: {told}")


def run(command: list[str], folder: Path) -> str:
    """Run a command; empty when it went well, else the end of what it said."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else "\n".join(done.stderr.strip().splitlines()[-3:]) or "it failed"


def main() -> int:
    """Gather, then check; exit code 1 with the way out when a font cannot be had."""
    if complete():
        return 0
    try:
        gather()
        fonts = find_fonts(FONTS)
    except (NotGathered, Refused) as fault:
        print(f"Fonts: {fault}", file=sys.stderr)
        return 1
    short = [face.value for face in Face if not holds_gb2312(fonts, face)]
    if short:
        print(f"Fonts: {', '.join(short)} lack characters of GB 2312. {OWN_FONTS}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
