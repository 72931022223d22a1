"""The one pipeline that reads and writes records."""
