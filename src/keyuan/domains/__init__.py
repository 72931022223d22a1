"""Customers, sales and the other domains: objects, hooks, actions, demo data; independent of each other."""
