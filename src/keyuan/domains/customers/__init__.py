"""Customers, the people at them, and tags."""
