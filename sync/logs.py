"""One JSON line an event on standard output. Lines carry ids, counts and codes; never names, texts, coordinates."""

import logging

import orjson
import structlog


def configure(level: str) -> None:
    """Set up structlog for this process; `level` is debug, info, warning or error."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.BytesLoggerFactory(),
        cache_logger_on_first_use=False,
    )


def frames(error: BaseException, last: int = 8) -> list[str]:
    """Where an error rose, without its message and values: those may hold a name or a text."""
    found: list[str] = []
    trace = error.__traceback__
    while trace:
        code = trace.tb_frame.f_code
        found.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return found[-last:]
