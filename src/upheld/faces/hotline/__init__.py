"""The hotline desk: find who calls, see what is owed at once, say the right words, open and hand over cases."""
