"""The private calendar feeds of employees: who may read one, by a secret address."""
