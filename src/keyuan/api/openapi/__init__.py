"""The description of the API in OpenAPI 3.1: the fixed part, and what follows from an organisation's definitions."""
