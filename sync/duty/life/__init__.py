"""What happens in homes and what is promised there: life events, commitments, aid, absences, the leaders' roster.

Whatever is told twice is kept twice and counts once: the later telling points to the first.
"""
