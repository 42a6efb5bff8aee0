"""Read an operator's files: good rows in, bad rows out with their reasons, and no file by half.

The operator's billing and customer systems hand over files, not calls, and the files are never quite
right. This gateway only reads and judges them; what is done with good rows is
`operations/import_feed.py`. The columns are declared in `policy/feed_columns.py`.

`open_feed` judges the file as a whole (FileRefused), `FeedFile.good_rows` judges each row.
"""

from upheld.gateways.feeds.reading import FeedFile, FileProblem, FileRefused, open_feed
from upheld.gateways.feeds.rejects import Reject, WaitingRejects, write_rejects

__all__ = ["FeedFile", "FileProblem", "FileRefused", "Reject", "WaitingRejects", "open_feed", "write_rejects"]
