"""The event loop under load: a full table moves, many sessions want their keepalives, and clients
ask for every route meanwhile."""

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from lab.pipit import Pipit

from conftest import shared_data

sys.path.append(str(Path(__file__).resolve().parents[2] / "bench"))

from comparison.bench import Bench, mistakes  # noqa: E402
from comparison.daemons import LOAD  # noqa: E402
from comparison.scenarios import SCENARIOS  # noqa: E402

SESSIONS = 120


@pytest.mark.timeout(300)
def test_no_session_is_lost_while_a_full_table_moves_and_clients_read_it(capsys):
    if not LOAD.exists():
        pytest.skip(f"no load generator: {LOAD}")
    shared_data("full-table-2015.bgp.gz")
    # With a hold time of 3 s, keepalives that are two seconds late cost a session.
    scenario = replace(SCENARIOS["G"], idle=SESSIONS, steps=("initial", "churn:20"))
    shown = []

    def read(speaker):
        answer = speaker.pipit("--json", "show", "routes", "limit", "20000")
        shown.append(len(answer.stdout))

    bench = Bench()
    try:
        result = bench.run(Pipit, scenario, 120, beside=read)
    finally:
        bench.close()
    assert "error" not in result, result
    assert mistakes(result) == 0, result
    assert shown and max(shown) > 1 << 20, "clients read routes meanwhile"
    assert result["longest_silence"] > 0, result
    with capsys.disabled():
        print(f"\n{SESSIONS} idle sessions, {len(shown)} answers of up to {max(shown) >> 10} KiB: "
              f"longest silence {result['longest_silence']:.2f} s, "
              f"longest turn {1e3 * result['loop']['longest_turn_seconds']:.1f} ms, "
              f"latest timer {1e3 * result['loop']['latest_timer_seconds']:.1f} ms")
