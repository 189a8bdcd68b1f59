"""Photos: bytes by their SHA-256, durable before they are acknowledged; who had them may cite them.

Promise: a photo is `present` only when the bytes of the declared hash and size came from the phone that cites it.
"""
