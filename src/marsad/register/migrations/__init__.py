"""Alembic migrations of the register; run on opening, see ``store``."""
