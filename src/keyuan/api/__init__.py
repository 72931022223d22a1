"""HTTP: sessions, records, definitions, OpenAPI, the static web app."""
