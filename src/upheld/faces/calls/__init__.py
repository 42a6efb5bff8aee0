"""The calls of the hotline: how a day went by half hours, how many agents tomorrow needs, files of calls taken in."""
