"""One target under libFuzzer: `python -m tests.fuzz.fuzzer event CORPUS -max_total_time=60`."""

import sys

import atheris  # type: ignore[import-untyped]  # has an environment of its own: make fuzz

with atheris.instrument_imports(include=["broker", "openai_realtime"]):
    from tests.fuzz.targets import TARGETS, event

    # Imports the handler, and so everything else.
    event(b"b{}")


def main() -> None:
    """Never returns: libFuzzer ends the process."""
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
