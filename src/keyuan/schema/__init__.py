"""Objects and fields, one file per field type, the immutable registry, definition to table, text tokens. No I/O."""
