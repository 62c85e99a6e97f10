"""The vectors' draw as the beacon of the demo would have had it."""

from server.domain.draws.records import read_record, record_hash
from server.domain.draws.rounds import DEMO, Beacon
from server.domain.draws.selection import draw, seed_of
from tests.domain.drawing import COMMIT, END, RESULT, Bundle, bundle


def of_the_demo(signature: bytes) -> Bundle:
    """The draw as a bundle, drawn from a beacon that says this."""
    commit = COMMIT | {"beacon_chain": DEMO.hash.hex()}
    hashed = record_hash(read_record(commit))
    beacon = Beacon(END["round"], signature)
    seed = seed_of(hashed, DEMO.hash, beacon.round, beacon.randomness)
    weights = [int(row.split(",")[1]) for row in END["entries_csv"].splitlines()]
    drawn = [list(place) for place in draw(seed, weights, COMMIT["winners"] + COMMIT["alternates"])]
    told = {"commit": hashed.hex(), "seed": seed.hex(), "drawn": drawn, "beacon_signature": signature.hex()}
    return bundle(commit, RESULT | told)
