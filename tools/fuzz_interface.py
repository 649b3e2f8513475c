"""Ask the console's interface everything that its own description allows, as somebody on watch.

Needs schemathesis (https://schemathesis.io) in an environment of its own:
    python -m venv /tmp/st && /tmp/st/bin/pip install schemathesis
    PYTHONPATH=. .venv/bin/python tools/fuzz_interface.py /tmp/st/bin/schemathesis

A server of a synthetic site with one operator of each role, on a real port. Two answers are right and not
what schemathesis expects of a body that fits its schema: text that is no table of flights (422), and an
administrator's routes (403). Signing out is left out: it would end the run's own session.
"""

import asyncio
import sys

import httpx
from tests.server.synthetic import SyntheticSite

from marsad.server import Operator, Role, ServerSettings, hash_password
from marsad.server.run import server_of

PASSWORD = "correct horse"


async def main(program: str) -> int:
    """Serve and ask; the status of schemathesis."""
    line = hash_password(PASSWORD)
    people = tuple(Operator(name=role.value, role=role, password_hash=line) for role in Role)
    limits = {
        "requests_per_s": 10_000,
        "requests_at_once": 1_000,
        "documents_at_once": 16,
        "sign_in_attempts": 10**6,
    }
    server = server_of(SyntheticSite(), ServerSettings(port=0, operators=people, **limits))
    up = asyncio.Event()
    server.listening = up.set
    serving = asyncio.create_task(server.serve())
    await up.wait()
    address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    async with httpx.AsyncClient(base_url=address) as http:
        await http.post("/api/session", json={"name": "operator", "password": PASSWORD})
        cookie = "; ".join(f"{name}={value}" for name, value in http.cookies.items())
    asked = await asyncio.create_subprocess_exec(
        *(program, "run", f"{address}/api/openapi.json", "-H", f"Cookie: {cookie}", "-n", "50"),
        *("--phases", "examples,coverage,fuzzing", "--exclude-path-regex", "api/session"),
        *("--exclude-checks", "positive_data_acceptance"),
    )
    status = await asked.wait()
    server.should_exit = True
    await serving
    return status


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1])))
