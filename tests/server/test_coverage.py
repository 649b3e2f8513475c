"""What the sensors see, as consoles get it."""

import asyncio

import httpx

from marsad.model.sensor import SensorHealth
from marsad.server import ServerSettings, create_app
from marsad.server.coverage import json_from_material, material_from_json

from .synthetic import SyntheticSite


def client(site: SyntheticSite) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=create_app(site, ServerSettings()))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8420")


async def test_a_silent_radar_opens_a_hole_that_is_told_with_its_time_and_name() -> None:
    site = SyntheticSite()
    async with client(site) as http:
        whole = (await http.get("/api/coverage")).json()
        site.lost_sensors = frozenset({"radar-1"})
        holed = (await http.get("/api/coverage")).json()
    assert whole["openings"] == [] and whole["threat"] == "multirotor"
    assert whole["bands"][0]["area"] and len(whole["bands"][0]["warning_s"]) == len(whole["sectors"]) == 72
    opening = holed["openings"][0]
    assert opening["sensor_ids"] == ["radar-1"] and opening["since_t_ms"] > 0
    assert opening["what"]["code"].startswith("coverage.opened.")
    assert holed["holes"][0]["area"]


async def test_it_is_worked_out_once_while_the_sensors_stay_as_they_are() -> None:
    site = SyntheticSite()
    async with client(site) as http:
        answers = await asyncio.gather(*(http.get("/api/coverage?threat=rocket") for _ in range(3)))
        maps = http._transport.app.state.coverage  # type: ignore[attr-defined]
        made = maps._made["rocket"]
        assert [answer.json() for answer in answers] == [made] * 3
        await http.get("/api/coverage?threat=rocket")
        assert maps._made["rocket"] is made
        site.healths = {"radar-1": SensorHealth.LOST}
        await http.get("/api/coverage?threat=rocket")
        assert maps._made["rocket"] is not made


async def test_an_unknown_threat_is_refused_with_what_there_is() -> None:
    async with client(SyntheticSite()) as http:
        answer = await http.get("/api/coverage?threat=balloon")
    assert answer.status_code == 422 and "multirotor" in answer.text and "balloon" in answer.text


async def test_material_is_the_same_on_the_other_side_of_the_channel() -> None:
    material = await SyntheticSite().coverage()
    crossed = material_from_json(json_from_material(material))
    assert json_from_material(crossed) == json_from_material(material)
    assert crossed.site == material.site and crossed.settings == material.settings
    assert [sensor.coverage for sensor in crossed.sensors] == [sensor.coverage for sensor in material.sensors]
