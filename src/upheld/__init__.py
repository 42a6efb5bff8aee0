"""Upheld makes an operator's written service standard executable.

The version is written here and nowhere else; hatch reads it from this line.
"""

__version__ = "0.1.0"
