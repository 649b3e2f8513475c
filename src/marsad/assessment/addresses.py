"""The 24-bit addresses of aircraft: to which state each block is given.

Source: ICAO Annex 10, Volume III, Part I, Chapter 9, table 9-1. Blocks of regions that no state has
been given, and all that the table leaves out, are not assigned: an aircraft registered anywhere has
none of them. Amendments widen the blocks of small states within their 4,096 addresses, so the rest of
these is not called unassigned; the table is a hint, never a proof.
"""

from bisect import bisect_right
from enum import IntEnum

# size of the blocks: first address and state (ISO 3166-1) of each
_BLOCKS = {
    0x400: (
        "004000ZW 030000BW 035000KM 048000GW 04a000LS 05a000MV 05e000MR 060000MU 06a000QA 074000SC "
        "076000SL 07a000SZ 094000BJ 096000CV 098000DJ 09e000ST 0aa000BB 0ab000BZ 0bc000VC 0ca000AG "
        "0cc000GD 201000NA 202000ER 4c8000CY 4d0000LU 4d2000MT 4d4000MC 500000SM 501000AL 501c00HR "
        "502c00LV 503c00LT 504c00MD 505c00SK 506c00SI 507c00UZ 510000BY 511000EE 512000MK 513000BA "
        "514000GE 515000TJ 516000ME 600000AM 600800AZ 601000KG 601800TM 680000BT 681000FM 682000MN "
        "683000KZ 684000PW 70c000OM 895000BN 897000SB 899000TW 900000MH 901000CK 902000WS c8a000NR c8c000LC "
        "c8d000TO c8e000KI c90000VU"
    ),
    0x1000: (
        "006000MZ 032000BI 034000CM 036000CG 038000CI 03e000GA 040000ET 042000GQ 044000GH 046000GN "
        "04c000KE 050000LR 054000MG 058000MW 05c000ML 062000NE 064000NG 068000UG 06c000CF 06e000RW "
        "070000SN 078000SO 07c000SD 080000TZ 084000TD 088000TG 08a000ZM 08c000CD 090000AO 09a000GM "
        "09c000BF 0a8000BS 0ac000CO 0ae000CR 0b0000CU 0b2000SV 0b4000GT 0b6000GY 0b8000HT 0ba000HN "
        "0be000JM 0c0000NI 0c2000PA 0c4000DO 0c6000TT 0c8000SR 4ca000IE 4cc000IS 700000AF 702000BD "
        "704000MM 706000KW 708000LA 70a000NP 70e000KH 890000YE 894000BH 896000AE 898000PG c88000FJ "
        "e80000CL e84000EC e88000PY e8c000PE e90000UY e94000BO"
    ),
    0x8000: (
        "008000ZA 010000EG 018000LY 020000MA 028000TN 0a0000DZ 0d0000MX 0d8000VE 440000AT 448000BE "
        "450000BG 458000DK 460000FI 468000GR 470000HU 478000NO 480000NL 488000PL 490000PT 498000CZ "
        "4a0000RO 4a8000SE 4b0000CH 4b8000TR 4c0000RS 508000UA 710000SA 718000KR 720000KP 728000IQ "
        "730000IR 738000IL 740000JO 748000LB 750000MY 758000PH 760000PK 768000SG 770000LK 778000SY "
        "880000TH 888000VN 8a0000ID c80000NZ"
    ),
    0x40000: (
        "300000IT 340000ES 380000FR 3c0000DE 400000GB 780000CN 7c0000AU 800000IN 840000JP c00000CA "
        "e00000AR e40000BR"
    ),
    0x100000: ("100000RU a00000US"),
}

_SORTED = sorted(
    (int(entry[:6], 16), size, entry[6:]) for size, entries in _BLOCKS.items() for entry in entries.split()
)
_FIRST = [first for first, _, _ in _SORTED]
_NO_IDENTITY = frozenset({0x000000, 0xFFFFFF})
_TEMPORARY = range(0xF00000, 0xF08000)  # ICAO's own, given for a time to whoever has none
_GROWING = frozenset(first >> 12 for first, size, _ in _SORTED if size == 0x400)


class AddressStanding(IntEnum):
    """What an address is worth as an identity."""

    ASSIGNED = 0
    OTHER = 1  # not an ICAO address: relayed by a ground station, or of another system
    UNASSIGNED = 2  # of no state's block
    NO_IDENTITY = 3  # all zeros or all ones: names nobody (Annex 10, Vol III, 9.2)


def state_of(address: str) -> str:
    """The state (ISO 3166-1 alpha-2) whose block holds an address of six hexadecimal digits, "" if none."""
    number = _number(address)
    if number is None:
        return ""
    place = bisect_right(_FIRST, number) - 1
    if place < 0:
        return ""
    first, size, state = _SORTED[place]
    return state if number < first + size else ""


def standing_of(address: str) -> AddressStanding:
    """What an address, as a feed writes it, is worth."""
    number = _number(address)
    if number is None:
        return AddressStanding.OTHER
    if number in _NO_IDENTITY:
        return AddressStanding.NO_IDENTITY
    known = state_of(address) or number >> 12 in _GROWING or number in _TEMPORARY
    return AddressStanding.ASSIGNED if known else AddressStanding.UNASSIGNED


def _number(address: str) -> int | None:
    if len(address) != 6:
        return None
    try:
        return int(address, 16)
    except ValueError:
        return None
