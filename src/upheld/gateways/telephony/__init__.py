"""Read what telephone systems write down of their queues: Asterisk's `queue_log` and the CDRs of FreeSWITCH.

Every format becomes the same thing, a `Stay`: one call in one queue, from asking for an agent to its end. The files
are read line by line, so that their size does not matter; a bad line is told with a reason and a remedy, and the
calls around it are read all the same.
"""

from upheld.gateways.telephony.call_files import QUEUE_LOG, CallFile, LeftAlone, Readers, call_files
from upheld.gateways.telephony.stays import Stay, instant_of

__all__ = ["QUEUE_LOG", "CallFile", "LeftAlone", "Readers", "Stay", "call_files", "instant_of"]
