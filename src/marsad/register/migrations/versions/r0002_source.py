"""Incidents that others reported carry their source in words."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what is there was recorded here."""
    op.add_column("incident_version", sa.Column("source", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Take the column away again."""
    op.drop_column("incident_version", "source")
