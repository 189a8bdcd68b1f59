"""What people look at: selects for screens and sheets, each within what its viewer may see.

The promise: a screen costs the same however many visits are stored, because it looks at recent days through an index
and never counts a whole table.
"""
