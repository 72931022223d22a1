"""The expression language: parse, type, compile to SQL (formulas, defaults, validation, filters, scopes)."""
