"""The root of the register's tables."""

from sqlalchemy.orm import DeclarativeBase


class Base(DeclarativeBase):
    """Root of the register's tables."""
