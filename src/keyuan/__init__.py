"""Keyuan 客缘: a customer-relationship platform on PostgreSQL."""

__version__ = "0.1.0"
