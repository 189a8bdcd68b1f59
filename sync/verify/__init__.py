"""Verify: where a visit took place, judged from its evidence.

Promise: a verdict is a function of stored evidence and policy, with its numbers; a machine never refuses, and what is
missing is never held against anybody.
"""
