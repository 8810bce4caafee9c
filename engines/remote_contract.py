"""What an engine is that gives its work to a stranger: submit, check, fetch, cancel. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from engines.contract import Result, Task

TICKET_BYTES = 4096
"""The longest ticket, as UTF-8."""
CALL_WITHIN_S = 30.0
"""What a call may take. Who asks waits no longer, and a host in which one goes on is ended."""
CHECKS_PER_S = 20.0
"""So often a second one poller asks about the tickets of an engine that says nothing else, all of them together."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """The stranger's name for work that it has taken: all that another process needs to ask for it.

    - `text`: opaque, 1 to 4096 bytes of UTF-8. No keys: it is stored, and read by operators.
    - `check_in_s`: when it is worth asking first. A stranger that calls back may be asked rarely.
    - `expires_in_s`: how long anybody waits for it, a week at most. Then it is cancelled and counts as a failure.
    """

    text: str
    check_in_s: float = 10.0
    expires_in_s: float = 3600.0


@dataclass(frozen=True, slots=True)
class Pending:
    """The stranger is still at it. Without `again_in_s` it is asked ever more rarely."""

    again_in_s: float | None = None


@dataclass(frozen=True, slots=True)
class Ready:
    """There is a result to fetch."""


@dataclass(frozen=True, slots=True)
class Failed:
    """There never will be a result: the stranger failed, refused, or knows nothing of the ticket.

    `code` is one of `schemas.codes`; whether the work is submitted anew follows from it.
    """

    code: str
    message: str
    retry_after_s: float | None = None


Standing = Pending | Ready | Failed


class NotTaken(Exception):  # it is an answer
    """The stranger surely has not taken the work: it said so, or was never reached. Raise it `from` the error itself.

    Any other error of `submit` leaves open whether it was taken.
    """


class NotYet(Exception):  # it is an answer
    """There is nothing to fetch after all: the ticket is followed again, and looked at `again_in_s` from now."""

    def __init__(self, again_in_s: float = 10.0) -> None:
        super().__init__(f"not yet: again in {again_in_s} s")
        self.again_in_s = again_in_s


class TicketLost(Exception):  # it is an answer
    """The stranger has nothing for this ticket, and never will: the work is submitted anew, which may cost again."""


class RemoteEngine(Protocol):
    """An engine of the family `remote`. Plain blocking code; no process keeps a thread while the stranger works.

    Like any engine it lives in a host, one in each worker and one in the poller, and what it does to its process it does
    to nothing else. Errors are those of `runtime.errors`, as with any engine, and the answers above. Every call has to
    end by itself within half a minute (`CALL_WITHIN_S`): give each connection a timeout. A fetch may take longer while
    it says how far it is (`task.report.step`). `concurrent = True` says that calls may overlap, which is
    what is wanted here; `checks_per_s` is how often a second one poller may ask.

    Paying once: `task.idempotency_key` is the same for every attempt at one submission and for nothing else, so a
    stranger that knows such keys is given it. `submitted_before` says that an earlier attempt may have been taken and
    its ticket is not known: who talks to a stranger that knows no keys must look for that work there (by the key, in
    whatever metadata the stranger keeps) before asking again, and fail where it cannot know.
    """

    def load(self, device: str) -> None:
        """Make ready what every call needs. Called once for each process. An `unload` is called at the end, where there is one."""

    def submit(self, task: Task, submitted_before: bool) -> Ticket | Result:
        """Ask the stranger for the work, and return what it calls it; or the result, where there is one at once.

        Raises:
            NotTaken: The stranger surely does not do it.
        """

    def check(self, ticket: str) -> Standing:
        """Ask how the work stands. An error says nothing of the work: it is asked again later."""

    def fetch(self, task: Task, ticket: str) -> Result:
        """Bring what the stranger has made into `task.workdir`. May be asked again after an error.

        Raises:
            NotYet: It is not ready after all.
            TicketLost: There is nothing to fetch, and never will be.
        """

    def cancel(self, ticket: str) -> None:
        """Tell the stranger that nobody wants this any more; of no effect on what has ended. An error is tried again."""
