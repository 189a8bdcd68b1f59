"""The kinds of transaction of a request. One ends before the next begins; an answer leaves after all of them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from flask import current_app, g
from sqlalchemy.orm import Session

from sync.house import House

Result = TypeVar("Result")


def house() -> House:
    """The open installation that this application serves."""
    opened: House = current_app.extensions["doorstep"]
    return opened


def reading(work: Callable[[Session], Result]) -> Result:
    """Run `work` in a transaction that changes nothing."""
    with _alone():
        return house().read(work)


def snapshot(work: Callable[[Session], Result]) -> Result:
    """Run `work`, which reads several things that must fit together, in one moment of the database or its replica."""
    with _alone():
        return house().snapshot(work)


def writing(work: Callable[[Session], Result]) -> Result:
    """Run `work` in a transaction that is committed before this returns; it may run again after a deadlock."""
    with _alone():
        return house().write(work)


@contextmanager
def _alone() -> Iterator[None]:
    assert not g.get("transaction"), "a transaction inside another would wait for itself"
    g.transaction = True
    try:
        yield
    finally:
        g.transaction = False
