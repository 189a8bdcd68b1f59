"""Build of the browser's files: Chinese words from `sync/words.py`, types checked, bundle written to `api/web/dist`.

Run by the set-up in the virtual environment, whose Node comes from PyPI; nothing happens while no source changed, so
that the second time needs no network.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from sync import words

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "api" / "web"
DIST = WEB / "dist"
LABELS = WEB / "src" / "shared" / "words.ts"
LOCK = WEB / "package-lock.json"
SINGLE = ("package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "console.html")


def main() -> None:
    """Build unless the bundle is that of these sources."""
    stamp = DIST / f".built-{fingerprint(sources())}"
    if stamp.exists():
        return
    print("构建浏览器端 / building the front end", flush=True)  # noqa: T201
    LABELS.write_text(labels())
    install()
    run("node_modules/.bin/tsc", "--noEmit")
    run("node_modules/.bin/vite", "build", "--logLevel", "warn")
    stamp.touch()


def install() -> None:
    """Bring in the packages of the lock file, unless they are there."""
    stamp = WEB / "node_modules" / f".locked-{fingerprint([LOCK])}"
    if not stamp.exists():
        run("npm", "ci", "--loglevel=error")
        stamp.touch()


def sources() -> Iterator[Path]:
    """Every file that the bundle depends on, in a fixed order."""
    yield from (WEB / name for name in SINGLE)
    yield from sorted(path for path in (WEB / "src").rglob("*") if path.is_file() and path != LABELS)
    yield from (Path(words.__file__), Path(__file__))


def fingerprint(paths: Iterator[Path] | list[Path]) -> str:
    """Sixteen hexadecimal digits of the names and contents of files."""
    digest = hashlib.sha256()
    for path in paths:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(ROOT)} {len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:16]


def labels() -> str:
    """The word lists as TypeScript: a constant `{value: {zh, en}}` and a type of the values for each."""
    parts = ["// Written by api/cli/frontend.py from sync/words.py at each build; change it there."]
    for name, kind in vars(words).items():
        if isinstance(kind, type) and issubclass(kind, words.Word) and kind is not words.Word:
            table = {word.value: {"zh": word.zh, "en": word.en} for word in kind}
            parts.append(f"export const {name} = {json.dumps(table, ensure_ascii=False, indent=1)} as const;")
            parts.append(f"export type {name} = keyof typeof {name};")
    return "\n".join(parts) + "\n"


def run(*command: str) -> None:
    """Run a program of Node in the folder of the front end; end with its code if it fails."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    outcome = subprocess.run(command, check=False, cwd=WEB, env={**os.environ, "PATH": path})  # noqa: S603
    if outcome.returncode:
        sys.exit(f"{' '.join(command)} 失败 / failed ({outcome.returncode})")


if __name__ == "__main__":
    main()
