"""Who looks: pages and the command line. Faces read through queries and act through operations."""
