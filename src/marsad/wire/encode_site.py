"""The site itself → the wire."""

import numpy as np

from marsad import wire
from marsad.geo.local import LocalFrame
from marsad.model import site as model_site
from marsad.wire.procedure_outlines import procedure_to_wire
from marsad.wire.values import rounded

_CIRCLE_CORNERS = 72  # 5° steps: the chord is 0.1 % short of the circle


def frame_of(site: model_site.Site) -> LocalFrame:
    """The site's ENU frame."""
    return LocalFrame(site.latitude_deg, site.longitude_deg, site.height_m)


def site_to_wire(site: model_site.Site, base_map: str | None, software_version: str) -> wire.SiteInfo:
    """The site with its zones and procedures as outlines in degrees."""
    frame = frame_of(site)
    return {
        "site_id": site.site_id,
        "name_en": site.name_en,
        "name_ar": site.name_ar,
        "latitude_deg": site.latitude_deg,
        "longitude_deg": site.longitude_deg,
        "height_m": site.height_m,
        "utc_offset_s": site.utc_offset_s,
        "mode": site.mode.value,
        "zones": [_zone_shape(zone, frame) for zone in site.zones],
        "procedures": [procedure_to_wire(procedure, frame) for procedure in site.procedures],
        "friends": [{"label": friend.label, "name": friend.name} for friend in site.friends],
        "names": [{"of": name.of, "name_en": name.name_en, "name_ar": name.name_ar} for name in site.names],
        "base_map": base_map,
        "software_version": software_version,
    }


def _zone_shape(zone: model_site.Zone, frame: LocalFrame) -> wire.ZoneShape:
    if zone.corners_enu:
        corners = np.array(zone.corners_enu, float)
    else:
        turn = np.linspace(0, 2 * np.pi, _CIRCLE_CORNERS, endpoint=False)
        corners = np.array(zone.centre_enu) + zone.radius_m * np.stack([np.sin(turn), np.cos(turn)], axis=1)
    closed = np.vstack([corners, corners[:1]])
    latitude, longitude, _ = frame.geodetic_from_enu(np.column_stack([closed, np.zeros(len(closed))]))
    centre_latitude, centre_longitude, _ = frame.geodetic_from_enu((*zone.centre_enu, 0.0))
    return {
        "zone_id": zone.zone_id,
        "name_en": zone.name_en,
        "name_ar": zone.name_ar,
        "ring": np.round(np.stack([longitude, latitude], axis=1), 6).tolist(),
        "centre": [round(float(centre_longitude), 6), round(float(centre_latitude), 6)],
        "radius_m": rounded(zone.radius_m, 0),
        "value": zone.value,
        "restricted": zone.restricted,
    }
