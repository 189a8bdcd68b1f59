"""Who is who: every request of a person or phone is answered for one known actor with the roles held that day.

The promise: a token or password is never stored, a wrong one costs its sender time and never tells what was wrong,
a phone that is lost is told to wipe itself, and a retired one can still hand in its drafts.
"""
