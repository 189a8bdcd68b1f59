"""`doorstep sealed`: an officer's key and the matters sealed to it.

Needs no database: the private key never leaves the officer's own machine.
"""

import base64
import os
from pathlib import Path
from typing import Any

import click
import orjson

from sync.identity import sealing

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
NEW = click.Path(dir_okay=False, path_type=Path)


@click.group()
def sealed() -> None:
    """密件 / sealed matters: make a key, open, seal again."""


@sealed.command()
@click.option("--out", type=NEW, required=True, help="File for the private key; keep a copy in a safe.")
@click.option("--curve", type=click.Choice([sealing.P256, sealing.X25519]), default=sealing.P256, show_default=True)
def keygen(out: Path, curve: str) -> None:
    """Make a key; the public part that is printed goes into the console (密件 → 公钥)."""
    private = sealing.new_key(curve)
    _write_secret(out, orjson.dumps(private, option=orjson.OPT_INDENT_2))
    click.echo(orjson.dumps(sealing.public_of(private)).decode())


@sealed.command("open")
@click.argument("matter", type=FILE)
@click.option("--key", type=FILE, required=True, help="File with the private key.")
def open_(matter: Path, key: Path) -> None:
    """Show the words of a sealed matter: a JWE, or the JSON that the console gives (its `cipher`)."""
    click.echo(_opened(matter, key).decode(errors="replace"))


@sealed.command()
@click.argument("matter", type=FILE)
@click.option("--key", type=FILE, required=True, help="File with the private key that opens it.")
@click.option("--to", type=FILE, required=True, help="JSON with the `key_id` and `keys` of the set in use.")
def again(matter: Path, key: Path, to: Path) -> None:
    """Seal the same words to the keys in use; the JSON that is printed goes to PUT /console/v1/sealed/{id}/cipher."""
    target = _json(to)
    try:
        cipher = sealing.seal(_opened(matter, key), target["keys"])
        told = {"key_id": target["key_id"], "cipher": base64.b64encode(cipher).decode()}
    except (sealing.SealError, KeyError, TypeError) as error:
        raise click.ClickException(f"{to}: {error}") from error
    known = _json(matter)
    click.echo(orjson.dumps(told | {"before": known.get("key_id", "")}).decode())


def _opened(matter: Path, key: Path) -> bytes:
    document = _json(matter)
    try:
        cipher = base64.b64decode(document["cipher"]) if "cipher" in document else matter.read_bytes()
        return sealing.unseal(cipher, _json(key))
    except (sealing.SealError, ValueError) as error:
        raise click.ClickException(str(error)) from error


def _json(path: Path) -> dict[str, Any]:
    try:
        document = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise click.ClickException(f"{path}: 不是 JSON / not JSON") from error
    if not isinstance(document, dict):
        raise click.ClickException(f"{path}: 不是 JSON 对象 / not a JSON object")
    return document


def _write_secret(path: Path, content: bytes) -> None:
    """For the owner alone; a file that is there is never overwritten."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
    except FileExistsError as error:
        raise click.ClickException(f"文件已存在 / the file exists: {path}") from error
