"""Alembic's entry: runs the migrations on the connection that the store hands over."""

from alembic import context

from marsad.register.store import IncidentVersion

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=IncidentVersion.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
