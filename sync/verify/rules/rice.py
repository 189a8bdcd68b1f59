"""The chance that a point lies in a circle, when a fix tells where it is with a round normal error (Rice's law)."""

import numpy as np

from sync.geo.datum import Floats

CERTAIN = 6.0  # beyond so many sigmas from the rim the chance is 0 or 1 to within 2e-8
SHARP = 50.0  # a radius of so many sigmas looks straight to a fix near the rim
FEW, MANY = 64, 256  # nodes that resolve the integrand up to sqrt(d R) / sigma = 12, and up to SHARP
SMOOTH = 12.0
CHUNK = 4096  # bounds the memory of huge batches


def chance_within(radius_m: Floats, d_m: Floats, sigma_m: Floats) -> Floats:
    """P(|X| <= radius) for X normal around a point d away, with standard deviation sigma > 0 along each axis.

    Arrays of equal length; the error is below 1e-6, and below 5e-4 where sigma < radius / 50.
    """
    out = np.where(d_m <= radius_m, 1.0, 0.0)
    is_open = np.abs(d_m - radius_m) < CERTAIN * sigma_m
    is_sharp = radius_m > SHARP * sigma_m
    is_smooth = d_m * radius_m <= (SMOOTH * sigma_m) ** 2
    for nodes, mask in ((0, is_sharp), (FEW, is_smooth & ~is_sharp), (MANY, ~is_smooth & ~is_sharp)):
        rows = np.flatnonzero(mask & is_open)
        for at in range(0, len(rows), CHUNK):
            part = rows[at : at + CHUNK]
            arguments = radius_m[part], d_m[part], sigma_m[part]
            out[part] = _rim_mean(*arguments, nodes) if nodes else _straight(*arguments)
    return out


def _rim_mean(radius_m: Floats, d_m: Floats, sigma_m: Floats, nodes: int) -> Floats:
    """By Green's theorem P is a mean over the rim: with q the squared distance from the fix to the rim's point at angle
    t, P = mean of (R^2 + d R cos t) (1 - exp(-q / 2 sigma^2)) / q. The integrand is smooth and periodic, so equally
    spaced nodes converge faster than any power of their number; it is even, so half of them do.
    """
    cosine = np.cos(np.linspace(0.0, np.pi, nodes // 2 + 1))
    weight = np.full(cosine.shape, 2.0 / nodes)
    weight[[0, -1]] = 1.0 / nodes
    r, b = (radius_m / sigma_m)[:, None], (d_m / sigma_m)[:, None]
    lean = r * b * cosine
    q = np.maximum(r * r + b * b + 2.0 * lean, 1e-12)
    mean: Floats = (weight * (r * r + lean) * -np.expm1(-q / 2.0) / q).sum(axis=1)
    return np.clip(mean, 0.0, 1.0)


def _straight(radius_m: Floats, d_m: Floats, sigma_m: Floats) -> Floats:
    """A rim without curvature but for its first correction: the normal distribution (Page's tanh formula)."""
    z = (radius_m - d_m) / sigma_m - sigma_m / (2.0 * radius_m)
    return np.asarray(0.5 * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (z + 0.044715 * z**3))))
