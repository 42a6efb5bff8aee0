"""Events: planned, invited to, answered, attended, cancelled; what is owed stays owed until somebody came."""
