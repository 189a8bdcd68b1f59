"""Privacy: who may open a file and why, how long data is kept, how one household's data is shown, copied or erased.

Promise: every opening of a household file is on the trail with its duty or its reason; nothing is kept longer than the
policy's table says, and the nightly report tells what went and what stayed; what a resident had erased is in no screen,
page, export or body afterwards, whoever was reading at that moment.
"""
