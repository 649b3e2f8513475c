"""A site put together: links, live runner, register, reports and server, as one running thing."""
