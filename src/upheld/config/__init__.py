"""The only room that knows everyone: settings, URLs, wiring, and the database that they stand on."""
