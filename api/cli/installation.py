"""The installation that a command works on, and how its refusals read in a shell."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import DBAPIError

from api.cli import settings
from sync.db import refusal_of
from sync.errors import Problem
from sync.house import House
from sync.identity.contact_cipher import ContactKeyError, PhoneNumberError


@contextmanager
def opened() -> Iterator[House]:
    """Open it, close it at the end; a refusal becomes one clear line and exit code 1."""
    house = House.open(settings(), pool_size=1)
    try:
        yield house
    except Problem as problem:
        raise _said(problem) from problem
    except (PhoneNumberError, ContactKeyError) as error:
        raise click.ClickException(str(error)) from error
    except DBAPIError as error:
        refusal = refusal_of(error)
        if refusal is None:
            raise
        raise _said(refusal) from error
    finally:
        house.close()


def _said(problem: Problem) -> click.ClickException:
    detail = problem.facts.get("detail")
    text = f"{problem.refusal.zh} / {problem.refusal.en}"
    return click.ClickException(f"{text}: {detail}" if detail else text)
