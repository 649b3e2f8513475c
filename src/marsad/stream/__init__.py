"""The stream: tracks, threats, alarms and deliveries for programs of others, version 1.

Not what the console is fed with. One record per message, in plain JSON; what changes here within version 1
is only ever added. The same records go over a WebSocket and over MQTT.
"""
