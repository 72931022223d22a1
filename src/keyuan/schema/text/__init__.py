"""Text for Chinese users: pinyin, sorting keys, normal forms, search tokens. Pure: no database, no files but its tables."""
