"""How days are written where Django's own way would be misread: 11/01/2026 is January to some, November to others."""
