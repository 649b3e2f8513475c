"""The rim: sockets, files and the clock. Bytes in, bytes out; nothing here knows what they mean."""
