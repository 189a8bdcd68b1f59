"""Duty: whose contact is owed to whom and by when, from programmes and life events.

Promise: an obligation is met by contact with that household in its window, whoever made it and whenever it is told;
what is met, late, paused or lapsed is worked out anew from the visits that stand, so that order of arrival, repeats,
merges and refusals never matter. A visit's verdict is not looked at: only a person's refusal takes a visit away.
"""
