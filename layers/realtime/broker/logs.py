"""The function's logger, and a guard on every handler: no credential gets into any log.

The finished line is scrubbed, so fields, exception texts and stacks are all covered. Lambda's
runtime has a handler of its own on the root logger, for urllib3, botocore and whoever else logs.
"""

import logging
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from broker.redaction import scrubbed_log


class ScrubbingFormatter(LambdaPowertoolsFormatter):
    """Powertools' JSON without credentials."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line of JSON."""
        return _clean(super().format(record))


class Guard(logging.Formatter):
    """What another handler's formatter makes, without credentials."""

    def __init__(self, guarded: logging.Formatter | None) -> None:
        super().__init__()
        self._guarded = guarded or logging.Formatter()

    def format(self, record: logging.LogRecord) -> str:
        """The record as the guarded formatter has it."""
        try:
            return _clean(self._guarded.format(record))
        # Whatever is wrong with the record; logging itself would print it, arguments and all.
        except Exception as exc:  # noqa: BLE001
            return f"A record of {record.name} could not be formatted: {type(exc).__name__}"


def make_logger(service_name: str) -> Logger:
    """The logger of one stack; from here on, every handler of the process is guarded."""
    logger = Logger(
        service=service_name,
        level="INFO",
        logger_formatter=ScrubbingFormatter(utc=True, use_rfc3339=True),
    )
    # What logging prints about its own failures goes past all handlers.
    logging.raiseExceptions = False
    if logging.getLogRecordFactory() is not _record:
        logging.setLogRecordFactory(_record)
    return logger


def guard_handlers() -> None:
    """Put a guard on every handler that has none."""
    loggers = [logging.root, *logging.root.manager.loggerDict.values()]
    handlers = [each for logger in loggers for each in getattr(logger, "handlers", ())]
    for handler in [*handlers, logging.lastResort]:
        if handler and not isinstance(handler.formatter, Guard | ScrubbingFormatter):
            handler.setFormatter(Guard(handler.formatter))


_make_record = logging.getLogRecordFactory()


def _record(*args: Any, **kwargs: Any) -> logging.LogRecord:
    """A record; before it exists, whoever might write it is guarded, however late it came."""
    guard_handlers()
    return _make_record(*args, **kwargs)


def _clean(line: str) -> str:
    # Half a surrogate pair cannot be written, and the line would be lost.
    return scrubbed_log(line).encode("utf-8", "backslashreplace").decode()
