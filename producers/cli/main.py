"""How the command line is put together, and how whatever happens in it becomes an exit code."""

from __future__ import annotations

import sys
import traceback

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError

from producers.cli.exits import DONE, FAILED, INTERRUPTED, TOO_LATE, UNREACHABLE, WRONG_USE, Exit
from producers.cli.output import fail
from runtime.errors import BusUnreachable, InvalidRequest, ReelbusError, StoreUnreachable, Unsupported
from runtime.settings import Settings, wrong_setting
from runtime.streams import take_any_text
from runtime.telemetry import configure_logging


def build(first: str = "") -> typer.Typer:
    """Put the commands together; each group of them is imported here and nowhere else.

    Those that run things come alone when the first argument names one: the others would need longer to be imported
    than `up` to start a supervisor.
    """
    app = typer.Typer(
        name="reelbus",
        help="Event-driven generative media over Kafka: publish a request, get a film.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
    )
    from producers.cli import running

    running.add_to(app)
    if first in running.COMMANDS:
        return app
    from producers.cli import (
        changing,
        costing,
        deadletters,
        engines,
        following,
        garbage,
        looking,
        making,
        models,
        operating,
        providers,
        rebuilding,
        rights,
        uploading,
        verifying,
    )

    making.add_to(app)
    following.add_to(app)
    changing.add_to(app)
    uploading.add_to(app)
    looking.add_to(app)
    models.add_to(app)
    providers.add_to(app)
    operating.add_to(app)
    engines.add_to(app)
    rights.add_to(app)
    deadletters.add_to(app)
    verifying.add_to(app)
    rebuilding.add_to(app)
    costing.add_to(app)
    garbage.add_to(app)
    return app


def main() -> None:
    """Run the command line and leave with its exit code; no traceback reaches a user."""
    sys.exit(_run(sys.argv[1:]))


def _run(arguments: list[str]) -> int:
    take_any_text()
    try:
        # What runs below a command logs for operators; a person at a terminal wants the command's own words.
        configure_logging("error", Settings().log_format, silent=("aiokafka", "faststream", "urllib3"))
        build(next(iter(arguments), ""))(args=arguments, prog_name="reelbus")
    except Exit as exit_:
        return exit_.code
    except SystemExit as exit_:  # the command line's own end: 0, or 2 for a usage that it explained
        if isinstance(exit_.__context__, BrokenPipeError):  # its help was read as far as somebody wanted
            return DONE
        return exit_.code if isinstance(exit_.code, int) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except TimeoutError:
        fail("timed out waiting; the job goes on")
        return TOO_LATE
    except (BusUnreachable, StoreUnreachable) as error:
        fail(error.message)
        return UNREACHABLE
    except (InvalidRequest, Unsupported) as error:
        fail(error.message)
        return WRONG_USE
    except ReelbusError as error:
        fail(error.message)
        return FAILED
    except (ValidationError, SettingsError) as error:
        fail(wrong_setting(error))
        return WRONG_USE
    except ValueError as error:
        fail(str(error).splitlines()[0])
        return WRONG_USE
    except OSError as error:
        fail(": ".join(filter(None, (str(error.filename or ""), error.strerror or str(error)))))
        return FAILED
    except Exception as error:  # noqa: BLE001  # the last place where a defect of ours can be told in words
        if Settings().log_level == "debug":
            traceback.print_exc()
        fail(f"a defect of ours, {type(error).__name__}: {error}; REELBUS_LOG_LEVEL=debug shows where")
        return FAILED
    return DONE
