"""What is done with cases: opening, handing over, waiting, answering, settling, closing; one act a module."""
