"""The example site of the tests: settings with one zone, a listening SAPIENT feed and what a test adds."""


def example_site(listen: str = "127.0.0.1:0", *, sensors: str = "", adsb: str = "", after: str = "") -> str:
    """Settings as text.

    sensors   more lines of the SAPIENT feed
    adsb      the address of a receiver to dial, with more lines of its feed; "" for none
    after     what follows, such as a section of the server
    """
    receiver = f'[[feed]]\nname = "adsb"\nstandard = "sbs"\nconnect = {adsb}\n' if adsb else ""
    return f"""
[site]
id = "example"
name_en = "Example"
name_ar = "مثال"
latitude_deg = 33.3
longitude_deg = 44.4
[[site.zone]]
id = "gate"
name_en = "Gate"
name_ar = "البوابة"
centre = [33.3, 44.4]
radius_m = 150.0
[[feed]]
name = "sensors"
standard = "sapient"
listen = "{listen}"
{sensors}{receiver}{after}"""
