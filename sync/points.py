"""Named points on the road of a batch, where a test may stop or kill the process. In service they do nothing."""

from collections.abc import Callable


def _nothing(_: str) -> None:
    pass


on_reach: Callable[[str], None] = _nothing


def reach(name: str) -> None:
    """Tell that the point `name` was reached."""
    on_reach(name)
