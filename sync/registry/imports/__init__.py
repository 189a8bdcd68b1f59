"""Imports of lists: read, checked as a whole, written by chunks.

A file becomes rows of the table `import_row`; the checks are selects over them, each naming line, column and reason;
the writes are `INSERT … SELECT … ON CONFLICT DO UPDATE` over 500 rows a transaction. `kinds.py` lists the kinds.
"""
