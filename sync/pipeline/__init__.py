"""The road of a batch: the only package that knows all stages. Doors and jobs call what is named here.

parse -> parents -> levels 1 and 2 -> verdict -> store -> photos -> tasks -> results; the caller's transaction writes
the feed last. Every step takes the whole batch at once.
"""

from sync.pipeline.batch import Part, apply_batches, count_records, owe_again, quarantine_record, release_waiting

__all__ = ["Part", "apply_batches", "count_records", "owe_again", "quarantine_record", "release_waiting"]
