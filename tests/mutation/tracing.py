"""A pytest plugin that notes which lines of the library each test runs, and how long it took."""

import json
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

_LIBRARY = f"{os.sep}openai_realtime{os.sep}"
_lines: set[tuple[str, int]] = set()
_tests: dict[str, dict[str, Any]] = {}


def _trace(frame: FrameType, event: str, _: object) -> Any:
    if _LIBRARY not in frame.f_code.co_filename:
        return None
    if event == "line":
        _lines.add((Path(frame.f_code.co_filename).name, frame.f_lineno))
    return _trace


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    _lines.clear()
    threading.settrace(_trace)
    sys.settrace(_trace)
    try:
        return (yield)
    finally:
        sys.settrace(None)
        threading.settrace(None)
        _tests.setdefault(item.nodeid, {})["lines"] = sorted(_lines)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    test = _tests.setdefault(report.nodeid, {})
    test["seconds"] = test.get("seconds", 0.0) + report.duration
    test["passed"] = test.get("passed", True) and report.passed


def pytest_sessionfinish() -> None:
    Path(os.environ["TRACE_FILE"]).write_text(json.dumps(_tests))
