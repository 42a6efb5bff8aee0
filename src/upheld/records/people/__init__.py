"""Customers and the groups they belong to: persons, corporate groups, roles, services and bills."""
