"""Runs the probes' programs again and compares what they print with what is recorded.

    python3.14 test/parity/replay.py            all of them
    python3.14 test/parity/replay.py A01 C05    these

The recordings are CPython 3.14.10's; a few show times or lines of its own library, and differ for ever.
"""

import difflib
import os
import pathlib
import subprocess
import sys
import tempfile

PROBES = pathlib.Path(__file__).parent / "probes"


def replay(name: str) -> bool:
    """True if the program prints what is recorded."""
    program = (PROBES / "prelude.py").read_text() + (PROBES / f"{name}.py").read_text()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / f"{name}.py"
        path.write_text(program)
        try:
            output = subprocess.check_output([sys.executable, path], stderr=subprocess.STDOUT, text=True, timeout=10)
        except subprocess.CalledProcessError as error:
            output = error.output
        except subprocess.TimeoutExpired:
            output = "(did not end)"
        output = output.replace(folder + "/", "").replace(str(pathlib.Path(os.__file__).parent) + "/", "Lib/")
    expected = (PROBES / f"{name}.txt").read_text().splitlines()
    actual = output.splitlines()
    if actual == expected:
        return True
    print(f"--- {name}")
    print("\n".join(difflib.unified_diff(expected, actual, "recorded", "now", lineterm="", n=0)))
    return False


names = sys.argv[1:] or sorted(path.stem for path in PROBES.glob("[A-Z]*.py"))
same = sum(replay(name) for name in names)
print(f"{same} of {len(names)} print what is recorded")
