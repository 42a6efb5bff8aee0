"""Telephony: the calls of the hotline as the telephone system wrote them down."""
