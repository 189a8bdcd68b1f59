"""Named points on the road of a batch, where a test may stop or kill the process. In service they do nothing."""

from collections.abc import Callable

NAMES = (
    "claimed",  # the claim is committed, nothing is begun
    "held",  # the fence let us through
    "read",  # the stored bytes are read
    "parsed",  # records are decoded and their clocks corrected
    "deduplicated",  # repeats are known
    "verified",  # verdicts are computed
    "places-written",  # places found at the door are stored
    "visits-written",  # visits, revisions and traces are stored
    "tasks-written",  # problems and tasks are stored
    "results-written",  # the phone's answer is stored
    "finished",  # the errand is marked done, the transaction is open
    "committed",  # everything is durable
)


def _nothing(_: str) -> None:
    pass


on_reach: Callable[[str], None] = _nothing


def reach(name: str) -> None:
    """Tell that the point `name`, one of NAMES, was reached."""
    on_reach(name)
