"""The database: one history and one set of models for SQLite and PostgreSQL; nothing else knows which it is."""
