"""XML as it is sent: whatever its texts hold, a parser takes it."""

import re
from xml.etree.ElementTree import Element, tostring

# What XML 1.0 (clause 2.2) has no way to write, not even as a reference, and the control characters of C1.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def xml_text(element: Element) -> str:
    """An element as XML text, without a declaration; what XML cannot hold is a space."""
    return _UNWRITABLE.sub(" ", tostring(element, encoding="unicode"))
