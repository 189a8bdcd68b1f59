"""`doorstep keys`: the keys of telephone numbers; a new one, sealing everything again under it, how far that is."""

from functools import partial

import click

from api.cli.installation import opened
from sync.house import House
from sync.identity import contact_cipher, rotation
from sync.identity.contact_cipher import ContactCipher


@click.group()
def keys() -> None:
    """号码密钥 / keys of telephone numbers: new, rotate, status."""


@keys.command()
def new() -> None:
    """Make a key: put it first in DOORSTEP_CONTACT_KEYS, restart servers and workers, then `doorstep keys rotate`."""
    click.echo(contact_cipher.new_key())


@keys.command()
def rotate() -> None:
    """Seal every telephone number again under the newest key, some at a time; stopped, it goes on where it was."""
    with opened() as house:
        cipher, newest = _keys(house)
        while True:
            done = house.write(partial(rotation.rotate_some, cipher=cipher, newest_key=newest))
            click.echo(f"{done.looked}/{done.total},已重新加密 / sealed again {done.sealed}")
            if done.is_done:
                break
        left = house.read(lambda session: rotation.outdated(session, cipher))
    if left:
        raise click.ClickException(
            f"又有 {left} 个号码用旧密钥写入,请重启全部服务后再运行一次 / {left} numbers came under an old key: restart"
            " every server and worker with the new settings and run it again"
        )
    click.echo("全部完成,旧密钥可以从设置中去掉 / all done, the old keys can be taken out of the settings")


@keys.command()
def status() -> None:
    """Say how many numbers an old key still seals."""
    with opened() as house:
        cipher, _ = _keys(house)
        total, left = house.read(lambda session: (rotation.count(session), rotation.outdated(session, cipher)))
    click.echo(f"号码 / numbers {total},旧密钥 / under old keys {left}")


def _keys(house: House) -> tuple[ContactCipher, str]:
    told = house.settings.contact_keys
    return ContactCipher(told), next(key.strip() for key in told.split(",") if key.strip())
