"""A draw from the beacon of the demo: all of it adds up, and everybody is told that it proves nothing."""

from clients.simulator.beacon import signature_of
from server.domain.draws.verify import verify
from server.platforms.drand.bls import signature_fault
from tests.domain.demo import of_the_demo
from tests.domain.drawing import RESULT


def test_a_draw_from_the_beacon_of_a_demo_adds_up_and_proves_nothing() -> None:
    report = verify(of_the_demo(signature_of(1000)), signature_fault)
    assert report.verdict == "not_independently_verifiable"
    assert [check.name for check in report.checks if check.fault] == ["chain"]
    assert "round 1000 of the demo's beacon" in next(one.sentence for one in report.checks if one.name == "round")


def test_what_quicknet_signed_is_no_round_of_a_demos_beacon() -> None:
    report = verify(of_the_demo(bytes.fromhex(RESULT["beacon_signature"])), signature_fault)
    assert [check.fault for check in report.checks if check.name == "beacon"] == ["signature_wrong"]
