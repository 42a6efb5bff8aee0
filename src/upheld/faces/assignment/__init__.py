"""Who serves whom: the load of everybody, whom nobody serves, who is away, and books that are handed over."""
