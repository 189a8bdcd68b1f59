"""Intake: what a phone hands over, kept as sent, read with patience.

Promise: what was acknowledged is stored byte for byte; a bad record never sinks its batch; nothing is dropped,
at worst it is kept as quarantined, parked or held with a reason the phone can show.
"""
