"""Saved views: how a person, or everybody, looks at the records of an object."""
