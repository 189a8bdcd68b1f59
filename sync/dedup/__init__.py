"""Dedup: what tells of the same. Promise: originals stay; one points to the other, and a person can undo it."""
