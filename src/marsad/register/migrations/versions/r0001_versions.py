"""Every version of every incident, append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and on SQLite the triggers that keep it append-only."""
    op.create_table(
        "incident_version",
        sa.Column("incident_id", sa.String(200), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("site_id", sa.String(100), nullable=False),
        sa.Column("exercise", sa.Boolean, nullable=False),
        sa.Column("attack", sa.Boolean, nullable=False),
        sa.Column("opened_t_ns", sa.BigInteger, nullable=False),
        sa.Column("closed_t_ns", sa.BigInteger),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("objects", sa.Integer, nullable=False),
        sa.Column("stopped", sa.Integer, nullable=False),
        sa.Column("casualties", sa.String(20), nullable=False),
        sa.Column("record", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
    )
    op.create_index("ix_incident_version_opened", "incident_version", ["exercise", "opened_t_ns"])
    op.create_index("ix_incident_version_site", "incident_version", ["site_id", "opened_t_ns"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER incident_version_no_{verb.lower()} BEFORE {verb} ON incident_version "
                "BEGIN SELECT RAISE(ABORT, 'versions of incidents are never changed or deleted'); END"
            )


def downgrade() -> None:
    """Refused: it would delete the register."""
    raise NotImplementedError("the register is never deleted by a migration")
