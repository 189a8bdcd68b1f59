"""The feed: what one phone needs for tomorrow. Promise: a committed change is in every scope it concerns."""
