"""How often a phone may ask: a 429 that says when to come again."""

from datetime import datetime
from uuid import UUID

from sync import ids, limits
from sync.errors import refuse
from sync.house import House
from sync.limits import Limit
from sync.policy import Devices


def require(house: House, device_id: UUID, now: datetime, *asked: Limit) -> None:
    """Count a request of a phone. Raises too-many, with a Retry-After that is another for each."""
    limit = passed(house, device_id, *asked)
    if limit is not None:
        wait_s = house.policy.devices.limit_window_s - int(now.timestamp()) % house.policy.devices.limit_window_s
        spread_s = round(house.policy.devices.wait_spread_s * ids.jitter())
        raise refuse("too-many", headers={"Retry-After": str(wait_s + spread_s)}, limit=limit.value)


def passed(house: House, device_id: UUID, *asked: Limit) -> Limit | None:
    """Count a request of a phone; the limit that it passes, or None."""
    policy = house.policy.devices
    most = {limit: _most(limit, policy) for limit in asked}
    return limits.of(house).passed(str(device_id), most, policy.limit_window_s)


def give_back(house: House, device_id: UUID, limit: Limit) -> None:
    """This request was none of those that the limit counts."""
    limits.of(house).give_back(limit, str(device_id))


def _most(limit: Limit, policy: Devices) -> int:
    return policy.pulls_max if limit is Limit.PULLS else policy.requests_max
