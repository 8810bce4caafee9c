"""Whether a request can be done: everything that is wrong with it, at once, before anything is spent on it."""

from planning.intake.assets import AssetInput, asset_addresses, asset_inputs
from planning.intake.examine import Accepted, Rejected, Verdict, examine, within_limits
from planning.intake.expansion import acceptance_problem
from planning.intake.offers import Offers

__all__ = [
    "Accepted",
    "AssetInput",
    "Offers",
    "Rejected",
    "Verdict",
    "acceptance_problem",
    "asset_addresses",
    "asset_inputs",
    "examine",
    "within_limits",
]
