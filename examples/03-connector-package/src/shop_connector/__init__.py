"""A connector for shops that keep their orders in SQLite files.

The entry point names this package; every decorated function in its modules is served.
"""
