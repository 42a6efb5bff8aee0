"""What really happened with a customer. Rows are only ever added; a mistake is reversed by another row."""
