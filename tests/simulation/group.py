"""Who reads which partition: a consumer group with generations, late members and members that fell silent."""

from __future__ import annotations

import random
from collections.abc import Callable

from tests.simulation.clock import VirtualLoop
from tests.simulation.plan import Luck

SESSION_S = 6.0


class Member:
    """One process's view of the group, which may be old."""

    def __init__(self, changed: Callable[[], None]) -> None:
        self.generation = 0
        self.partitions: frozenset[int] = frozenset()
        self.joined = True
        self.silent = False
        self.deaf_until_s = 0.0
        self.changed = changed

    def see(self, partitions: frozenset[int]) -> None:
        """Learn of an assignment."""
        self.generation += 1
        self.partitions = partitions
        self.changed()


class Group:
    """Gives every partition to one member, again at each change."""

    def __init__(self, partitions: int, loop: VirtualLoop, luck: Luck, draw: random.Random) -> None:
        self._partitions = partitions
        self._loop, self._luck, self._draw = loop, luck, draw
        self._members: list[Member] = []
        self._generation = 0

    def join(self, member: Member) -> None:
        """A member comes."""
        self._members.append(member)
        self.rebalance()

    def leave(self, member: Member) -> None:
        """A member goes, or was silent for too long."""
        if member in self._members:
            self._members.remove(member)
            self.rebalance()

    def fall_silent(self, member: Member) -> None:
        """A member that died or stands still: the group notices after the session timeout."""
        member.silent = True
        self._loop.after(SESSION_S * self._draw.uniform(0.3, 1.0), self._evict, member)

    def speak_again(self, member: Member) -> None:
        """A member that stood still goes on; when it was evicted it learns that in a while, and joins again."""
        member.silent = False
        if member not in self._members and member.joined:
            late_s = self._draw.uniform(0.0, 1.0)
            if self._luck.bad("deaf", 0.5):
                late_s += self._draw.uniform(1.0, 8.0)
            self._loop.after(late_s, self._return, member)

    def rebalance(self) -> None:
        """Take everything from everybody (eagerly), and give it anew."""
        self._generation += 1
        turn = self._draw.randrange(1 + len(self._members))
        for member in self._members:
            if not member.silent and self._luck.bad("deaf", 0.1):
                member.deaf_until_s = self._loop.time() + self._draw.uniform(1.0, 8.0)
        for place, member in enumerate(self._members):
            given = frozenset(p for p in range(self._partitions) if (p + turn) % len(self._members) == place)
            self._loop.after(self._draw.uniform(0.0, 0.05), self._revoke, member, self._generation, given)

    def _revoke(self, member: Member, generation: int, given: frozenset[int]) -> None:
        if generation != self._generation or not member.joined:
            return
        wait_s = 0.5 if member.silent else member.deaf_until_s - self._loop.time()
        if wait_s > 0.0:
            self._loop.after(wait_s, self._revoke, member, generation, given)
        else:
            member.see(frozenset())
            self._loop.after(self._draw.uniform(0.02, 0.3), self._give, member, generation, given)

    def _give(self, member: Member, generation: int, given: frozenset[int]) -> None:
        if generation == self._generation and member.joined:
            member.see(given)

    def _evict(self, member: Member) -> None:
        if member.silent:
            self.leave(member)

    def _return(self, member: Member) -> None:
        if member.joined and not member.silent and member not in self._members:
            member.see(frozenset())
            self.join(member)
