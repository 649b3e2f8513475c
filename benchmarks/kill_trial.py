"""Is anything lost or doubled where a site is killed again and again while people act?

Method. A real `marsad run` with its journal on disk, a radar on a real socket that sees drones fly at zones,
a web hook's receiver; an operator at the console's address who, as fast as the site answers, acknowledges
each alarm, works through the checklist, says the head count, and retracts each alarm a few seconds after it
was told. Each action has a key of its own (`Idempotency-Key`); one that got no answer, because the site was
killed, is asked again under the same key until it is answered, as a console does. The site is killed (kill
-9) at random moments and started again. At the end the journal is folded, and counted by id:

  actions         answered as done and not in the journal (lost); in it more than once (doubled)
  announcements   said accepted and never come (lost); come again, under the id that they had
  verify          every digest that was noted, beside that of the replay

Run:  PYTHONPATH=. .venv/bin/python benchmarks/kill_trial.py --kills 200
"""

import argparse
import asyncio
import contextlib
import json
import random
import shutil
import signal
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from tests.outputs.mosquitto import free_port
from tests.outputs.receiver import Received, receiver

from announcement_delay import RETRACTED_AFTER_S, Raid, Running, site_settings
from marsad.model.announcement import DeliveryState
from marsad.model.frame import DELIVERY, OPERATOR
from marsad.site.deliveries import delivered_from_json
from marsad.site.fold import fold_of
from marsad.site.journal import JournalReader
from marsad.site.resumption import taking_place
from marsad.site.verify import verify
from marsad.station.record import newest_journal

NAMED = ("acknowledge", "retract", "check_off")
DUTIES = ("1-own-first", "1-own-second")
OUTPUT = """
[[output]]
name = "hub"
standard = "webhook"
url = "http://127.0.0.1:{port}/"
drills = true
[[checklist.item]]
id = "first"
level = "suspected"
owner = "duty_officer"
text_en = "First"
text_ar = "أول"
[[checklist.item]]
id = "second"
level = "suspected"
owner = "duty_officer"
text_en = "Second"
text_ar = "ثان"
"""


@dataclass
class Done:
    """One action of the operator, and what came of it: a status, 0 while there is no answer."""

    key: str
    action: dict[str, Any]
    status: int = 0
    asked: int = 0
    detail: str = ""


@dataclass
class Operator:
    """Somebody at the console; what they do is kept, and asked again until it is answered."""

    site: Running
    received: Received
    done: list[Done] = field(default_factory=list)
    seen_s: dict[str, float] = field(default_factory=dict)
    number: int = 0

    async def act(self, **action: Any) -> Done:
        """Ask for an action until the site answers."""
        self.number += 1
        one = Done(str(uuid.uuid4()), {**action, "by": "operator"})
        self.done.append(one)
        while not one.status:
            one.asked += 1
            with contextlib.suppress(httpx.HTTPError, OSError):
                async with httpx.AsyncClient(timeout=20, trust_env=False) as http:
                    answer = await http.post(
                        f"{self.site.console}/api/actions",
                        json=one.action,
                        headers={"Origin": self.site.console, "Idempotency-Key": one.key},
                    )
                    if answer.status_code not in (409, 429, 503, 504) or "unknown" in answer.text:
                        one.status, one.detail = answer.status_code, answer.text
            if not one.status:
                await asyncio.sleep(0.1)
        return one

    def told(self) -> dict[str, tuple[str, str]]:
        """Alarm → its zone and stage, of what the receiver was told and nobody has ended."""
        ended = {record["alarm"] for record in self.received.records if record["kind"] != "warning"}
        found = {}
        for record in self.received.records:
            if record["kind"] == "warning" and record["alarm"] not in ended:
                found[record["alarm"]] = (record["zones"][0] if record.get("zones") else "", record["stage"])
        return found

    async def run(self, raid: Raid) -> None:
        """Act until cancelled."""
        acknowledged: set[str] = set()
        while True:
            for alarm_id in list(self.told()):
                if alarm_id not in acknowledged:
                    acknowledged.add(alarm_id)
                    self.seen_s[alarm_id] = time.monotonic()
                    await self.act(action="acknowledge", alarm_id=alarm_id)
                elif time.monotonic() - self.seen_s[alarm_id] > RETRACTED_AFTER_S:
                    zone = alarm_id.rsplit("-", 2)[1]
                    raid.end(int(zone[1:]) if zone[1:].isdigit() else 0)
                    await self.act(action="retract", alarm_id=alarm_id, reason=f"measured {self.number}")
                    self.seen_s[alarm_id] = float("inf")
            await self.act(action="head_count", complete=bool(self.number % 2))
            for item_id in DUTIES:
                await self.act(action="check_off", item_id=item_id, note=f"note {self.number}")
            await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def world(wanted: argparse.Namespace) -> AsyncIterator[tuple[Running, Raid, Operator]]:
    """The site, a raid on it, a receiver, and somebody at the console."""
    with tempfile.TemporaryDirectory() as folder:
        async with receiver() as received:
            directory, feed = Path(folder), free_port()
            settings = directory / "site.toml"
            settings.write_text(site_settings(feed, []) + OUTPUT.format(port=received.port), "utf-8")
            site = Running(settings)
            raid = Raid(feed, wanted.objects, 10**6, wanted.every_s)
            print(f"site listens after {await site.start():.1f} s", flush=True)
            operator = Operator(site, received)
            tasks = [asyncio.create_task(raid.run()), asyncio.create_task(operator.run(raid))]
            try:
                yield site, raid, operator
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                if site.process is not None and site.process.returncode is None:
                    await site.end(signal.SIGTERM)


async def tried(wanted: argparse.Namespace) -> int:
    """Kill, count, print; returns how much was lost or doubled."""
    chance, kills = random.Random(wanted.seed), 0
    async with world(wanted) as (site, raid, operator):
        await asyncio.sleep(8.0)
        ends_s = time.monotonic() + wanted.at_most_s
        while kills < wanted.kills and time.monotonic() < ends_s:
            await asyncio.sleep(chance.uniform(0.1, wanted.between_s))
            await site.end(signal.SIGKILL)
            kills += 1
            await site.start()
            if kills % 5 == 0:
                told = len({record["id"] for record in operator.received.records})
                print(f"{kills} kills, {len(operator.done)} actions, {told} announcements", flush=True)
        raid.count = raid.sent
        await asyncio.sleep(12.0)
        await site.end(signal.SIGTERM)
        if wanted.keep:
            shutil.copytree(site.settings.parent, wanted.keep)
            said = {"done": [vars(one) for one in operator.done], "came": operator.received.records}
            (wanted.keep / "said.json").write_text(json.dumps(said), "utf-8")
        return counted(site.settings.parent, operator, kills)


def counted(directory: Path, operator: Operator, kills: int) -> int:
    """What the record holds beside what was answered and what came."""
    path = newest_journal(directory, "bench")
    assert path is not None
    reader = JournalReader(path)
    frames = reader.frames()
    fold = fold_of(next(frames))
    acts: Counter[str] = Counter()
    accepted: set[str] = set()
    for frame in frames:
        if frame.feed == OPERATOR:
            said = json.loads(frame.data)
            acts[_name(said)] += 1
        elif frame.feed == DELIVERY:
            delivered = delivered_from_json(frame.data)
            if delivered.state in (DeliveryState.ACCEPTED, DeliveryState.CONFIRMED):
                accepted.add(delivered.announcement_id)
        fold = taking_place(path, fold, frame, reader.position)
        fold.fold(frame)
    names = {_name(one.action): one for one in operator.done if one.action["action"] in NAMED}
    lost = [name for name, one in names.items() if one.status < 300 and one.status and not acts[name]]
    doubled = [name for name in names if acts[name] > 1]
    came = Counter(record["id"] for record in operator.received.records)
    unknown = accepted - set(came)
    again = sum(count > 1 for count in came.values())
    statuses = Counter((one.action["action"], one.status) for one in operator.done)
    refused = {one.detail[:120] for one in operator.done if one.status >= 300}
    asked = sum(one.asked > 1 for one in operator.done)
    counts = Counter(dict(fold.picture().counters))
    verdict = verify(path)
    print(f"{kills} kills, {counts['restarts']} restarts in the journal, {fold.frames} frames")
    print(f"actions: {len(operator.done)}, {asked} of them asked again: {dict(statuses)}")
    print(f"refused: {refused}")
    print(f"lost: {lost}\ndoubled in the journal: {doubled}")
    print(f"announcements: {len(came)} came, {len(accepted)} said accepted; of these never came: {unknown}; "
          f"{again} came again under their id")  # fmt: skip
    amiss = [one for one in verdict.findings if not one.is_note]
    print(f"verify: {amiss or 'whole'}; {verdict.digests} digests equal")
    return len(lost) + len(doubled) + len(unknown) + len(amiss)


def _name(said: dict[str, Any]) -> str:
    """What tells an action from every other of its kind."""
    return f"{said['action']} {said.get('alarm_id', said.get('note', ''))}"


def main() -> int:
    """Try it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--between-s", type=float, default=4.0)
    parser.add_argument("--every-s", type=float, default=4.0)
    parser.add_argument("--objects", type=int, default=20)
    parser.add_argument("--at-most-s", type=float, default=float("inf"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="a new folder for the record of the trial")
    return min(asyncio.run(tried(parser.parse_args())), 1)


if __name__ == "__main__":
    raise SystemExit(main())
