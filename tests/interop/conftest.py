"""Fixtures of the interop tests: a laboratory for each test or module, logs of all speakers with a
failure, and a clear word when something that they need is missing."""

import os
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from lab.laboratory import Lab  # noqa: E402
from lab.network import sweep  # noqa: E402
from lab.pipit import BUILD, Pipit  # noqa: E402

_open_labs = []


def pytest_configure(config):
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if os.geteuid() == 0:
        sweep()


def pytest_collection_modifyitems(items):
    reason = None
    if os.geteuid() != 0:
        reason = "interop tests make network namespaces: run them as root"
    elif not shutil.which("ip"):
        reason = "interop tests need iproute2"
    for item in items:
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))
        elif not Pipit.installed() and not item.get_closest_marker("without_pipit"):
            item.add_marker(pytest.mark.skip(reason=f"no pipitd in {BUILD}"))


def _make_lab():
    folder = Path(tempfile.mkdtemp(prefix="pipit-interop-"))
    folder.chmod(0o755)  # FRR's daemons are not root
    made = Lab(folder)
    _open_labs.append(made)
    return made


def _end_lab(made):
    _open_labs.remove(made)
    try:
        made.close()
    finally:
        shutil.rmtree(made.folder, ignore_errors=True)


@pytest.fixture
def lab():
    """A laboratory of one test's own."""
    made = _make_lab()
    yield made
    _end_lab(made)


@pytest.fixture(scope="module")
def module_lab():
    """A laboratory that the tests of a file share."""
    made = _make_lab()
    yield made
    _end_lab(made)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for made in _open_labs:
            for name, text in made.logs():
                report.sections.append((f"log of {name}", text))


def need(*vendors):
    """Skips when a vendor's daemon is not installed."""
    for vendor in vendors:
        if not vendor.installed():
            pytest.skip(f"{vendor.kind} is not installed")


def shared_data(name):
    """A file of the recorded data, or a skip."""
    folder = Path(os.environ.get("PIPIT_SHARED", HERE.parents[1].parent / "shared"))
    path = folder / "data" / name
    if not path.exists():
        pytest.skip(f"no recorded data: {path}")
    return path
