"""Who may do what: principals, roles, scopes, grants, field rules, as SQL predicates and masks. Runs no query."""
