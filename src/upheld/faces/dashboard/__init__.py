"""The dashboard: what was kept and what was broken, clause by clause."""
