"""Which orders are not wanted any more: the stops that were heard, kept for orders that are still to come."""

from __future__ import annotations

from collections import defaultdict, deque

from schemas.orders import StopTask, WorkOrder

STOPS_REMEMBERED_S = 600.0


class Stops:
    """The stops of the last ten minutes, as one worker heard them; times are of its own clock."""

    def __init__(self, worker_id: str) -> None:
        self._worker_id = worker_id
        self._heard: deque[tuple[float, StopTask]] = deque()
        self._of_job: defaultdict[str, list[StopTask]] = defaultdict(list)

    def heard(self, stop: StopTask, now_s: float) -> None:
        """Keep a stop, and forget the oldest."""
        self._heard.append((now_s, stop))
        self._of_job[stop.job_id].append(stop)
        while now_s - self._heard[0][0] >= STOPS_REMEMBERED_S:
            _, old = self._heard.popleft()
            del self._of_job[old.job_id][0]
            if not self._of_job[old.job_id]:
                del self._of_job[old.job_id]

    def of(self, order: WorkOrder) -> list[StopTask]:
        """Return the stops that mean an order, the oldest first."""
        return [stop for stop in self._of_job.get(order.job_id, ()) if self.concerns(stop, order)]

    def concerns(self, stop: StopTask, order: WorkOrder) -> bool:
        """Whether a stop means an order when this worker has it."""
        return (
            stop.job_id == order.job_id
            and stop.run == order.run
            and stop.node_id in {None, order.node_id}
            and stop.attempt in {None, order.attempt}
            and stop.keep_worker_id != self._worker_id
        )
