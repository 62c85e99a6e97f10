"""Makes the page that checks draws: one file with its style and script inside, which asks nobody for anything.

Run it as a program; it needs npm and nothing but the standard library. Of what npm fetches, only the bundler is run.
"""

import base64
import gzip
import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
SOURCE = HERE / "source"
STYLE = HERE.parent / "pages" / "static" / "pages.css"
VENDOR = HERE.parent / "assets" / "verify" / "vendor"
PAGE = "verify.html"
POLICY = "verify.policy"
TIMEOUT_S = 300
BROWSERS = "chrome103,firefox102,safari15.4"


def run(command: list[str], folder: Path, what: str) -> None:
    """Run a program to its end; leave with a sentence when it fails."""
    done = subprocess.run(  # noqa: S603 - a fixed command, and npm as the machine's PATH names it
        command, cwd=folder, timeout=TIMEOUT_S, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode != 0:
        sys.exit(f"{what}:\n{done.stdout.decode(errors='replace')}")


def bundled(folder: Path) -> str:
    """Our script and the curves it needs, as one text that stands in a page without ending it."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        sys.exit("The page that checks draws needs npm to be built. Install Node.js, or run: make install")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, folder)
    shutil.copytree(SOURCE, folder / "source")
    fetch = [npm, "ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    run(fetch, folder, "npm could not fetch what the page that checks draws is made of")
    bundler = [node, "node_modules/esbuild/bin/esbuild", "source/page.js", "--bundle", "--minify", "--format=esm"]
    run([*bundler, f"--target={BROWSERS}", "--outfile=page.js"], folder, "The page's script could not be made")
    return (folder / "page.js").read_text(encoding="utf-8").replace("</script", "<\\/script")


def digest(text: str) -> str:
    """How a policy names the one script or style that may be in the page."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def page(script: str) -> tuple[str, str]:
    """The page with everything inside, and the policy that it carries: no other script, and no request at all."""
    style = "\n".join(path.read_text(encoding="utf-8") for path in (STYLE, SOURCE / "page.css"))
    policy = (
        f"default-src 'none'; script-src {digest(script)}; style-src {digest(style)}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    text = (SOURCE / "page.html").read_text(encoding="utf-8")
    for name, content in (("policy", policy), ("style", style), ("script", script)):
        text = text.replace(f"{{{name}}}", content, 1)
    return text, policy


def build() -> None:
    """Put the page in place, also compressed, with its policy and the licence of what is in it."""
    with tempfile.TemporaryDirectory(prefix="regulars-verify-") as name:
        folder = Path(name)
        text, policy = page(bundled(folder))
        shutil.rmtree(VENDOR, ignore_errors=True)
        VENDOR.mkdir(parents=True)
        shutil.copy(folder / "node_modules" / "@noble" / "curves" / "LICENSE", VENDOR / "noble-curves.LICENSE")
    (VENDOR / PAGE).write_text(text, encoding="utf-8")
    (VENDOR / f"{PAGE}.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    (VENDOR / POLICY).write_text(policy, encoding="utf-8")


if __name__ == "__main__":
    build()
