"""What a phone is told of each kind of entity: a function of (session, viewer, ids) that answers one dict per id.

Every function is one select for all ids of a page. What it answers depends on the scope through which an entity is told
(a unit's phone learns less of a matter than the cadre who wrote it down) and on nothing that changes without a touch.
An id that is not answered is told without data: its row holds the place in the count, and nothing can be read.
"""
