"""The one expression and condition language: formulas, defaults, validation, roll-up filters, role scopes, list filters.

From words to rows:

    tree = filters.from_filter(data)              # or parser.parse(text)
    tree = typing.check_condition(tree, scope)    # or typing.check(tree, scope, expected type) for a value
    key = shape.shape(tree)                       # compile once for each key …
    clause = sql.condition(tree, sql_scope)       # or sql.value(tree, sql_scope)
    values = sql.binds(tree, environment)         # … and bind every time: {"v0": …, "env_me": …}
    result = python.evaluate(tree, record, environment)

Trees that meet in one statement take different prefixes: `sql.condition(tree, scope, "f")`, `sql.binds(tree,
environment, "f")`.
"""
