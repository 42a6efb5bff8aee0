"""Entitlements: every use that was made of them, and what was lent and came back."""
