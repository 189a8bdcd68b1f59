"""Time: what is owed gets done. RQ carries a bell, workers drain the errand table, sweepers see to the rest.

Promise: an errand is done at least once and its effects exactly once, whatever dies in between.
"""
