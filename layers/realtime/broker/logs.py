"""The function's logger: Powertools' JSON, with anything shaped like a credential taken out."""

import logging

from aws_lambda_powertools import Logger
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from broker.redaction import scrubbed


class ScrubbingFormatter(LambdaPowertoolsFormatter):
    """Scrubs the finished line, so that fields, exception texts and stacks are all covered."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line of JSON without credentials."""
        return scrubbed(super().format(record))


def make_logger(service_name: str) -> Logger:
    """The logger of one stack."""
    return Logger(
        service=service_name,
        level="INFO",
        logger_formatter=ScrubbingFormatter(utc=True, use_rfc3339=True),
    )
