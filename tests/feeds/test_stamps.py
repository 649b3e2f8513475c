"""Stamps: whichever clock is set, ours or a sensor's, its reports keep their times."""

from hypothesis import given
from hypothesis import strategies as st

from marsad.feeds.stamps import Stamps

SECOND = 1_000_000_000
HOUR = 3_600 * SECOND
steps = st.lists(
    st.sampled_from([1, 10, 3_600, 86_400]).flatmap(lambda s: st.sampled_from([s * SECOND, -s * SECOND])),
    min_size=1,
    max_size=8,
)


@given(steps, st.integers(0, 400_000_000), st.booleans())
def test_a_step_of_our_clock_moves_no_report(found: list[int], late_ns: int, moves_with_ours: bool) -> None:
    stamps = Stamps(30.0, 2.0)
    t_ns, utc_offset_ns, own_offset_ns = 10 * SECOND, 0, 0
    for step_ns in [0, *found]:
        utc_offset_ns += step_ns
        own_offset_ns += step_ns * moves_with_ours
        for _ in range(3):
            t_ns += SECOND
            read = stamps.site_t_ns(t_ns + own_offset_ns, t_ns + late_ns, utc_offset_ns)
            assert read == t_ns


def test_the_stamps_of_a_sensor_that_was_right_all_along_are_believed_once_our_clock_is() -> None:
    stamps = Stamps(30.0, 2.0)
    assert stamps.site_t_ns(HOUR, 2 * HOUR, 0) == HOUR  # an hour old, by our clock
    assert stamps.site_t_ns(HOUR + SECOND, 2 * HOUR + SECOND, -HOUR) == 2 * HOUR + SECOND


def test_one_stamp_of_nonsense_changes_nothing() -> None:
    stamps = Stamps(30.0, 2.0)
    stamps.site_t_ns(SECOND, SECOND, 0)
    stamps.site_t_ns(5 * HOUR, 2 * SECOND, -HOUR)
    assert stamps.site_t_ns(3 * SECOND, 3 * SECOND, -HOUR) == 3 * SECOND
