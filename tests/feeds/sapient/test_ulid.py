import pytest
from hypothesis import given
from hypothesis import strategies as st

from marsad.feeds.sapient.node_id import is_node_id, node_id
from marsad.feeds.sapient.ulid import CROCKFORD, is_ulid, ulid, ulid_time_ms


def test_the_specification_example_of_a_time_is_met() -> None:
    assert ulid(1469918176385 * 1_000_000, 0)[:10] == "01ARYZ6S41"


@given(st.integers(0, 2**48 * 10**6 - 1), st.integers(0, 2**80 - 1))
def test_time_comes_back_and_order_follows_time(t_ns: int, entropy: int) -> None:
    text = ulid(t_ns, entropy)
    assert is_ulid(text)
    assert ulid_time_ms(text) == t_ns // 1_000_000
    if t_ns + 1_000_000 < 2**48 * 10**6:
        assert ulid(t_ns + 1_000_000, 0) > text


@given(st.integers(0, 2**80 - 2))
def test_counting_the_entropy_up_gives_a_later_identifier(entropy: int) -> None:
    assert ulid(5, entropy) < ulid(5, entropy + 1)


@pytest.mark.parametrize("t_ns", [-1, 2**48 * 10**6])
def test_a_time_no_ulid_can_hold_is_refused(t_ns: int) -> None:
    with pytest.raises(ValueError, match=str(t_ns)):
        ulid(t_ns, 0)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "01ARYZ6S41",
        "81ARYZ6S410000000000000000",
        "01ARYZ6S41000000000000000I",
        "01ARYZ6S410000000000000000\n",
    ],
)
def test_what_is_no_ulid_is_refused(text: str) -> None:
    assert not is_ulid(text)
    with pytest.raises(ValueError, match="not a ULID"):
        ulid_time_ms(text)


def test_lower_case_passes_only_the_lenient_reader() -> None:
    text = ulid(10**18, 12345).lower()
    assert not is_ulid(text)
    assert is_ulid(text, any_case=True)


@given(st.text())
def test_a_node_identifier_is_a_version_4_uuid_and_stays_the_same(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        return
    assert is_node_id(node_id(text))
    assert node_id(text) == node_id(text)


def test_node_identifiers_are_strict_unless_asked() -> None:
    upper = node_id("radar").upper()
    assert not is_node_id(upper)
    assert is_node_id(upper, strict=False)
    assert not is_node_id("a8654cdf-4328-17de-81fa-c495589e30c8")
    assert is_node_id("a8654cdf-4328-17de-81fa-c495589e30c8", strict=False)


@given(st.integers(0, 2**48 * 10**6 - 1), st.integers(0, 2**84))
def test_an_identifier_is_its_number_in_base_32(t_ns: int, entropy: int) -> None:
    number = (t_ns // 1_000_000) << 80 | entropy % 2**80
    assert ulid(t_ns, entropy) == "".join(CROCKFORD[number >> 5 * k & 31] for k in range(25, -1, -1))
