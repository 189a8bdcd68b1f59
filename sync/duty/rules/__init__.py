"""Pure rules of duty: when contact is owed, and which contact meets what."""
