"""A made-up operator, so that Upheld can be seen at work before anybody's real customers are in it.

`make_operator` invents one province from a seed: its staff, groups, people, services and bills.
`write_feeds` lays them out as the files an operator would send. `live_through` then walks the past two
months day by day through Upheld's own operations: promises are kept, some late, some missed, some waived.
Nothing here writes to the database by itself, and every name and number is invented.
"""

from .books import live_books
from .calls import write_queue_log
from .cases import live_cases
from .craft import live_craft
from .days import live_days
from .events import live_events
from .feeds import write_changes, write_feeds
from .history import live_through
from .journeys import live_journeys
from .messages import live_messages
from .moments import live_moments
from .province import Operator, make_operator

__all__ = [
    "Operator",
    "live_books",
    "live_cases",
    "live_craft",
    "live_days",
    "live_events",
    "live_journeys",
    "live_messages",
    "live_moments",
    "live_through",
    "make_operator",
    "write_changes",
    "write_feeds",
    "write_queue_log",
]
