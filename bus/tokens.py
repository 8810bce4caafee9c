"""How a token for OAUTHBEARER is come by: a command prints it, and it is kept until shortly before it expires."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import os
import shlex
import signal
import time
from weakref import WeakKeyDictionary

from aiokafka.abc import AbstractTokenProvider
from aiokafka.errors import KafkaError

COMMAND_WITHIN_S = 10.0
LONGEST_TOKEN_BYTES = 64 * 1024
_KEPT_WITHOUT_EXPIRY_S = 60.0
_RENEWED_BEFORE_S = 60.0
_RENEWED_AT = 0.8
"""A token is asked for anew after this part of its life, and a minute before its end at the latest."""


class TokenFailed(KafkaError):  # type: ignore[misc]  # aiokafka has no types
    """The command gave no token; aiokafka treats it as a failed login and goes on."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


class TokenCommand(AbstractTokenProvider):  # type: ignore[misc]  # aiokafka has no types
    """Runs a command for a token; clients that connect at once share one run."""

    def __init__(self, command: str, *, within_s: float = COMMAND_WITHIN_S) -> None:
        self._command = command
        self._within_s = within_s
        self._token = ""
        self._good_until_s = 0.0
        self._asking = asyncio.Lock()

    async def token(self) -> str:
        """Return a token that is good for a while.

        Raises:
            TokenFailed: The command failed, took too long or printed none.
        """
        async with self._asking:
            if not self._token or time.time() >= self._good_until_s:
                self._token = await self._ask()
                self._good_until_s = _good_until_s(self._token, time.time())
            return self._token

    async def _ask(self) -> str:
        try:
            program, *arguments = shlex.split(self._command)
            child = await asyncio.create_subprocess_exec(
                program,
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,  # what it prints there may hold secrets
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else "it is no command line"
            raise TokenFailed(f"it cannot be started: {reason}") from None
        try:
            async with asyncio.timeout(self._within_s):
                printed = await _read(child)
                status = await child.wait()
        except TimeoutError:
            raise TokenFailed(f"it did not end within {self._within_s:g} s") from None
        finally:
            await _end(child)
        if status != 0:
            raise TokenFailed(f"it ended with {status}")
        token = printed.decode("ascii", "replace").strip()
        if (
            not token
            or len(printed) > LONGEST_TOKEN_BYTES
            or not all("!" <= letter <= "~" for letter in token)
        ):
            raise TokenFailed("it printed no token")
        return token


_of_loops: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[str, TokenCommand]] = WeakKeyDictionary()


def token_command(command: str) -> TokenCommand:
    """Return the one provider of a command in this event loop, so that all clients share its token."""
    return _of_loops.setdefault(asyncio.get_running_loop(), {}).setdefault(command, TokenCommand(command))


async def _read(child: asyncio.subprocess.Process) -> bytes:
    printed = b""
    while child.stdout is not None and len(printed) <= LONGEST_TOKEN_BYTES:
        chunk = await child.stdout.read(LONGEST_TOKEN_BYTES)
        if not chunk:
            break
        printed += chunk
    else:
        await _end(child)
    return printed


async def _end(child: asyncio.subprocess.Process) -> None:
    """End the command and what it started, if any of it still runs."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        await child.wait()


def _good_until_s(token: str, now_s: float) -> float:
    """Return when to ask again: by the claim `exp` of a JWT (RFC 7519), else in a minute."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        left_s = float(claims["exp"]) - now_s
    except (IndexError, ValueError, KeyError, TypeError):
        return now_s + _KEPT_WITHOUT_EXPIRY_S
    return now_s + max(left_s * _RENEWED_AT, left_s - _RENEWED_BEFORE_S)
