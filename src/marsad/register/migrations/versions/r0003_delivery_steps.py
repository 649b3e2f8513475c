"""When each announcement came to each step on its output, append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TIMES = ("first_plot_t_ns", "seen_t_ns", "tracked_t_ns", "alerted_t_ns")


def upgrade() -> None:
    """Make the table, and on SQLite the triggers that keep it append-only."""
    op.create_table(
        "delivery_step",
        sa.Column("announcement_id", sa.String(300), primary_key=True),
        sa.Column("output_id", sa.String(40), primary_key=True),
        sa.Column("step", sa.String(20), primary_key=True),
        sa.Column("site_id", sa.String(100), nullable=False),
        sa.Column("exercise", sa.Boolean, nullable=False),
        sa.Column("alarm_id", sa.String(300), nullable=False),
        sa.Column("zone_id", sa.String(100), nullable=False),
        sa.Column("stage", sa.String(20), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        *(sa.Column(name, sa.BigInteger) for name in _TIMES),
        sa.Column("ruled_t_ns", sa.BigInteger, nullable=False),
        sa.Column("made_t_ns", sa.BigInteger, nullable=False),
        sa.Column("t_ns", sa.BigInteger, nullable=False),
    )
    op.create_index("ix_delivery_step_ruled", "delivery_step", ["exercise", "ruled_t_ns"])
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER delivery_step_no_{verb.lower()} BEFORE {verb} ON delivery_step "
                "BEGIN SELECT RAISE(ABORT, 'steps of deliveries are never changed or deleted'); END"
            )


def downgrade() -> None:
    """Refused: it would delete what the register holds of them."""
    raise NotImplementedError("the register is never deleted by a migration")
