"""Settings: the only reader of the environment. README.md lists every name; a test compares them."""

import os
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Settings:
    """What an installation decides. Each field is the variable DOORSTEP_<FIELD> in the environment."""

    database_url: str = field(metadata={"help": "PostgreSQL with PostGIS, postgresql://user:password@host:port/name"})
    redis_url: str = field(metadata={"help": "Redis that carries the job bell, redis://:password@host:port/0"})
    secret_key: str = field(repr=False, metadata={"help": "At least 32 characters; signs receipts and cursors"})
    contact_keys: str = field(
        repr=False, metadata={"help": "Fernet keys for phone numbers, comma separated, newest first"}
    )
    blob_dir: Path = field(metadata={"help": "Folder that keeps photos by their SHA-256"})
    replica_url: str = field(
        default="", metadata={"help": "PostgreSQL that follows the database; phones read their feed there"}
    )
    policy_file: Path | None = field(
        default=None, metadata={"help": "TOML file whose numbers replace those of sync/policy.toml"}
    )
    timezone: ZoneInfo = field(default=ZoneInfo("Asia/Shanghai"), metadata={"help": "The zone in which a day is a day"})
    bind: str = field(default="127.0.0.1:8300", metadata={"help": "Address and port of the web server"})
    public_url: str = field(default="", metadata={"help": "Address that phones use; default http://<bind>"})
    web_threads: int = field(default=8, metadata={"help": "Threads of each web process"})
    web_processes: int = field(default=2, metadata={"help": "Web processes"})
    workers: int = field(default=2, metadata={"help": "Worker processes; as many as cores"})
    secure_cookies: bool = field(default=False, metadata={"help": "1 behind HTTPS: cookies carry Secure"})
    proxies: int = field(
        default=0, metadata={"help": "Reverse proxies before the web server; their X-Forwarded-For counts"}
    )
    log_level: str = field(default="info", metadata={"help": "debug, info, warning or error"})
    tile_url: str = field(
        default="",
        metadata={"help": "Template of map tiles, https://t{s}.example/{z}/{x}/{y}; empty: the areas alone"},
    )
    tile_credit: str = field(default="", metadata={"help": "Maker and 审图号 of these tiles, always shown with them"})
    lease_s: int = field(default=60, metadata={"help": "Seconds a worker may hold an errand before another takes it"})
    sweep_s: int = field(default=15, metadata={"help": "Seconds between two rounds of a sweeper"})
    durability_check: bool = field(
        default=True,
        metadata={"help": "0 serves although the database may lose acknowledged work; tests only"},
    )

    @property
    def address(self) -> str:
        """Where phones and browsers find the server, without a slash at the end."""
        return (self.public_url or f"http://{self.bind}").rstrip("/")

    @classmethod
    def from_env(cls, env: Mapping[str, str] | None = None) -> Self:
        """Read DOORSTEP_*; raises SettingsError that names every missing or wrong variable."""
        env = os.environ if env is None else env
        values: dict[str, Any] = {}
        wrong: list[str] = []
        for spec in fields(cls):
            name = f"DOORSTEP_{spec.name.upper()}"
            raw = env.get(name)
            if not raw:
                if spec.default is MISSING:
                    wrong.append(f"{name} is missing: {spec.metadata['help']}")
                continue
            try:
                values[spec.name] = _parse(spec.name, raw)
            except (ValueError, KeyError) as error:
                wrong.append(f"{name}={raw!r}: {error}")
        unknown = {n for n in env if n.startswith("DOORSTEP_")} - {f"DOORSTEP_{f.name.upper()}" for f in fields(cls)}
        wrong += [f"{name} is not a setting" for name in sorted(unknown)]
        if not wrong and len(values["secret_key"]) < SECRET_LENGTH:
            wrong.append(f"DOORSTEP_SECRET_KEY has fewer than {SECRET_LENGTH} characters")
        if wrong:
            raise SettingsError("\n".join(wrong))
        return cls(**values)


class SettingsError(Exception):
    """The environment does not describe an installation; the text says what to set."""


SECRET_LENGTH = 32
TILE_PARTS = ("{z}", "{x}", "{y}")
TILE_ADDRESS = re.compile(r"(https?://(?:[A-Za-z0-9.-]|\{s\})+(:[0-9]+)?)?/[!-~]*")


def _parse(name: str, raw: str) -> Any:
    if name in {"blob_dir", "policy_file"}:
        return Path(raw)
    if name == "timezone":
        return ZoneInfo(raw)
    if name in {"proxies", "web_threads", "web_processes", "workers", "lease_s", "sweep_s"}:
        number = int(raw)
        if number < 1:
            raise ValueError("must be at least 1")
        return number
    if name in {"secure_cookies", "durability_check"}:
        return {"1": True, "0": False, "true": True, "false": False}[raw.lower()]
    if name == "tile_url" and not (TILE_ADDRESS.fullmatch(raw) and all(part in raw for part in TILE_PARTS)):
        raise ValueError(f"must be an address with {', '.join(TILE_PARTS)}")
    return raw
