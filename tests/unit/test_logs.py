import io
import json
import logging
from collections.abc import Iterator

import pytest

from broker import logs

KEY = "sk-canary-0123456789"


@pytest.fixture(autouse=True)
def guarded() -> Iterator[None]:
    """Guards as in a process that has made the logger; afterwards as before."""
    factory, noisy = logging.getLogRecordFactory(), logging.raiseExceptions
    logging.setLogRecordFactory(logs._record)
    logging.raiseExceptions = False
    yield
    logging.setLogRecordFactory(factory)
    logging.raiseExceptions = noisy


@pytest.fixture
def handler() -> Iterator[logging.StreamHandler[io.StringIO]]:
    """Somebody's handler, put on the root logger after the guards."""
    handler = logging.StreamHandler(io.StringIO())
    logging.root.addHandler(handler)
    yield handler
    logging.root.removeHandler(handler)


@pytest.fixture
def written(handler: logging.StreamHandler[io.StringIO]) -> io.StringIO:
    return handler.stream


@pytest.mark.parametrize("name", ["urllib3.connectionpool", "botocore.endpoint", "anybody"])
def test_every_loggers_message_arguments_and_stack_are_clean(
    written: io.StringIO, name: str
) -> None:
    try:
        raise ValueError(f"about {KEY}")
    except ValueError:
        logging.getLogger(name).error("planted %s", KEY, exc_info=True)

    text = written.getvalue()
    # The search works: the line is there, less the credential.
    assert "planted <redacted>" in text
    assert "ValueError: about <redacted>" in text
    assert "canary" not in text


def test_a_handler_keeps_its_own_format(
    handler: logging.StreamHandler[io.StringIO], written: io.StringIO
) -> None:
    handler.setFormatter(logging.Formatter("%(name)s|%(message)s"))

    logging.getLogger("anybody").error(f"{KEY}")
    logging.getLogger("anybody").error("again")

    assert written.getvalue() == "anybody|<redacted>\nanybody|again\n"


def test_a_record_that_cannot_be_formatted_shows_nothing(
    written: io.StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    logging.getLogger("anybody").error("%d", KEY)

    assert written.getvalue() == "A record of anybody could not be formatted: TypeError\n"
    assert KEY not in capsys.readouterr().err


def test_half_a_surrogate_pair_does_not_cost_the_line(written: io.StringIO) -> None:
    logging.getLogger("anybody").error("a \ud800 b")

    assert written.getvalue() == "a \\ud800 b\n"


def test_the_function_s_own_lines_are_json_and_clean(capsys: pytest.CaptureFixture[str]) -> None:
    logger = logs.make_logger("test-own-lines")

    logger.error("planted", extra={"field": f"Bearer {KEY}", "deep": {"a": [KEY]}})

    line = json.loads(capsys.readouterr().out)
    assert line["field"] == "<redacted>"
    assert line["deep"] == {"a": ["<redacted>"]}
