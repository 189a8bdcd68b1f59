"""First step on a fresh machine, with nothing but Python 3.11: system packages, virtual environment, clean-up.

Run by the Makefile with the system's Python, so that it imports the standard library alone.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements-dev.txt"
PACKAGES = ("postgresql-postgis", "redis-server")
BROWSER = ("chromium", "fonts-noto-cjk")  # for tests and pictures alone
WEB = ROOT / "api" / "web"
CACHES = (".mypy_cache", ".pytest_cache", ".ruff_cache", ".import_linter_cache", ".hypothesis", "build")


def main() -> None:
    """Set up, or remove what set-up and runs left."""
    if "--clean" in sys.argv:
        clean()
        return
    if sys.version_info[:2] != (3, 11):
        sys.exit("doorstep 需要 Python 3.11 / needs Python 3.11: apt-get install python3.11 python3.11-venv")
    if "--browser" in sys.argv:
        if not (shutil.which("chromium") and any(Path("/usr/share/fonts").rglob("NotoSansCJK*"))):
            install(BROWSER)
        return
    install_packages()
    make_venv()
    run([str(VENV / "bin" / "python"), "-m", "api.cli.frontend"])


def install_packages() -> None:
    """Install PostgreSQL with PostGIS and Redis where they are missing."""
    has_postgis = any(Path("/usr/share/postgresql").glob("*/extension/postgis.control")) or shutil.which("initdb")
    if has_postgis and shutil.which("redis-server"):
        return
    install(PACKAGES)


def install(packages: tuple[str, ...]) -> None:
    """Install packages of the system, as root or through sudo; elsewhere say what is missing."""
    if not shutil.which("apt-get"):
        sys.exit(f"缺少系统软件 / missing: {' '.join(packages)} (brew install postgis redis chromium)")
    before = [] if os.geteuid() == 0 else ["sudo"]
    if before and not shutil.which("sudo"):
        sys.exit(f"请以 root 运行 / run as root: apt-get install {' '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    print("安装系统软件包 / installing", *packages, flush=True)  # noqa: T201
    run([*before, "apt-get", "update", "-qq"], environment)
    run([*before, "apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages], environment)


def make_venv() -> None:
    """A virtual environment from the lock file; made again when the lock changed."""
    stamp = VENV / f".locked-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:16]}"
    if stamp.exists():
        return
    print("准备 Python 环境 / preparing .venv", flush=True)  # noqa: T201
    if not (VENV / "bin" / "python").exists():
        run([sys.executable, "-m", "venv", str(VENV)])
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "-q", "--disable-pip-version-check", "install"]
    run([*pip, "--require-hashes", "--no-deps", "-r", str(LOCK)])
    run([*pip, "--no-deps", "--no-build-isolation", "--no-index", "-e", str(ROOT)])
    for old in VENV.glob(".locked-*"):
        old.unlink()
    stamp.touch()


def clean() -> None:
    """Remove environment, private data and caches. Servers must have been stopped (Ctrl-C in `make run`)."""
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:12]
    made = (VENV, WEB / "node_modules", WEB / "dist", *(ROOT / cache for cache in CACHES))
    for folder in (*made, ROOT / ".doorstep", Path("/var/tmp") / f"doorstep-{name}"):  # noqa: S108
        shutil.rmtree(folder, ignore_errors=True)


def run(command: list[str], environment: dict[str, str] | None = None) -> None:
    """Run a command; end with its code if it fails."""
    outcome = subprocess.run(command, check=False, env=environment, cwd=ROOT)  # noqa: S603
    if outcome.returncode:
        sys.exit(f"{' '.join(command[:4])} … 失败 / failed ({outcome.returncode})")


if __name__ == "__main__":
    main()
