"""The schema, one numbered migration after another."""
