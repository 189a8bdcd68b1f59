"""Beigou village, and rows of obligations as tests ask for them."""

import pytest
from sqlalchemy.orm import Session

from tests.factories.village import Village, found


@pytest.fixture
def village(session: Session) -> Village:
    return found(session)
