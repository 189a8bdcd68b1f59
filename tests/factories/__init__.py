"""Makers of test data: a small village, and batches as phones send them."""
