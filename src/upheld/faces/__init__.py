"""Who looks: the pages, the command line and, later, the other faces. Faces read through queries and act through operations."""
