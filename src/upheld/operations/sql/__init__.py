"""All raw SQL of the operations, a module a topic. Values go in as parameters; only names declared in
code are put in.
"""
