"""What identity writes: people and their roles, logins, phones."""
