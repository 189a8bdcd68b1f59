"""Named points on the road of a batch, where a test may stop or kill the process. In service they do nothing."""

from collections.abc import Callable

NAMES = (
    "claimed",  # the claim is committed, nothing is begun
    "held",  # the fence let us through
    "opened",  # the batch is locked and its bytes are read
    "parsed",  # its records are decoded
    "resolved",  # what they refer to is looked up
    "judged",  # repeats are known, verdicts computed
    "stored",  # visits, revisions and traces are written
    "tasks raised",  # problems and tasks are written
    "applied",  # every record has its answer
    "settled",  # the answers are written
    "finished",  # the errand is marked done, the transaction is open
    "committed",  # everything is durable
)


def _nothing(_: str) -> None:
    pass


on_reach: Callable[[str], None] = _nothing


def reach(name: str) -> None:
    """Tell that the point `name`, one of NAMES, was reached."""
    on_reach(name)
