"""How fair the verdicts are: constructed visits whose error is real, walked over the whole road.

A construction, and no sample of visits: nobody has published visits with a known truth. What is real: the errors of
fixes (a phone in a car with a surveyed truth, network fixes against a satellite track, what a logger told of one stay
on another day), reported accuracies, cell towers whose coordinates repeat, coordinates in two datums, photos. What is
ours: who visits whom and when, what goes wrong, and how a fraud is made. The direction of an error is turned at random,
once a visit: the fixes of a visit share most of their error, as those of a real phone do.

The data is split: one half was looked at while rules and numbers were chosen, the other is only measured.
"""
