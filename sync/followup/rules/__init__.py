"""Decisions about tasks: pure, over plain values."""
