"""Filter, sort, page, aggregate and search as a small tree, compiled to SQL, never without a predicate."""
