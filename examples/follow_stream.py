"""Follows a site: prints its alarms and how they end, and says loudly when the site looks no more.

    MARSAD_TOKEN=marsad_… python follow_stream.py ws://127.0.0.1:8080

It needs Python and `websockets`. Make the token with `marsad token site.toml new NAME`.
"""

import asyncio
import json
import os
import sys

from websockets.asyncio.client import connect


async def follow(address: str, token: str) -> None:
    """Print what comes until the connection ends, or heartbeats do: then nobody computes alarms any more."""
    url = f"{address}/api/stream/v1?kinds=alarm,delivery"
    async with connect(url, additional_headers={"Authorization": f"Bearer {token}"} if token else {}) as link:
        due_s, beat_s = 60.0, asyncio.get_running_loop().time()
        while True:
            async with asyncio.timeout_at(beat_s + due_s):  # a quiet sky has heartbeats, a dead site has none
                record = json.loads(await link.recv())
            if record["kind"] == "heartbeat":
                due_s, beat_s = record["due_s"], asyncio.get_running_loop().time()
            elif "alarm_id" in record:  # an alarm, its end, or what became of an announcement
                told = record["alarm_id"], record.get("how") or record["state"]
                print(record["status"], record["kind"], *told, flush=True)


async def main(address: str) -> None:
    while True:  # after each new connection all is told anew
        try:
            await follow(address, os.environ.get("MARSAD_TOKEN", ""))
        except Exception as error:
            print(f"NOT FOLLOWING: {type(error).__name__} {error}", file=sys.stderr, flush=True)
        await asyncio.sleep(1)


asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8080"))
