"""Photos: bytes by their SHA-256, durable before they are acknowledged; who had them may cite them.

Promise: a photo is `present` only when the bytes of the declared hash and size came from the phone that cites it. What
they show is read by a worker, in a process that may die of it; what nothing cites is forgotten after weeks; what rots
is asked for again.
"""
