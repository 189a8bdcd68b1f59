"""The road of a batch: the only package that knows all stages. Doors and jobs call what is named here.

parse -> parents -> levels 1 and 2 -> verdict -> store -> photos -> tasks -> results; the caller's transaction writes
the feed last. Every step takes the whole batch at once.
"""

from sync.pipeline.absences import settle_absences
from sync.pipeline.batch import Part, apply_batches, count_records, owe_again, quarantine_record, release_waiting
from sync.pipeline.company import confirm_silent
from sync.pipeline.duties import lapse_obligations, owe_visits
from sync.pipeline.erasing import ask_to_erase, blank_again, erase, finish_erasures
from sync.pipeline.merging import look_again, merge_place, undo_merge
from sync.pipeline.onmap import catch_up
from sync.pipeline.owing import owe_rejudge
from sync.pipeline.promises import remind_of_promises
from sync.pipeline.purging import ask_to_purge, purge
from sync.pipeline.rejudge import judge_again, rejudge
from sync.pipeline.sameness import join_visits, part_visits, undo_join, unpart_visits
from sync.pipeline.surveys import count_datum_votes, learn_positions

__all__ = [
    "Part",
    "apply_batches",
    "ask_to_erase",
    "ask_to_purge",
    "blank_again",
    "catch_up",
    "confirm_silent",
    "count_datum_votes",
    "count_records",
    "erase",
    "finish_erasures",
    "join_visits",
    "judge_again",
    "lapse_obligations",
    "learn_positions",
    "look_again",
    "merge_place",
    "owe_again",
    "owe_rejudge",
    "owe_visits",
    "part_visits",
    "purge",
    "quarantine_record",
    "rejudge",
    "release_waiting",
    "remind_of_promises",
    "settle_absences",
    "undo_join",
    "undo_merge",
    "unpart_visits",
]
