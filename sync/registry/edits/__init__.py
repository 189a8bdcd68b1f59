"""Facts of the registry that cadres put right. Promise: no told value is lost, whatever the order of arrival.

A telling applies while the registry still says what the cadre saw; tellings that build on each other settle by
themselves, in whatever order they come; where two say different things a person chooses.
"""
