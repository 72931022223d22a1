"""The definitions of the sales domain, a file for each group of objects; `objects.py` puts them together."""
