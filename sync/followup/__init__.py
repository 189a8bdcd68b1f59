"""Follow-up: from what a resident asked for to work with an owner and a deadline.

Promise: every problem that was not solved on the spot has exactly one task; a machine dispatches only where
exactly one unit has the duty.
"""
