"""Leads, opportunities and their pipelines, products, competitors."""
