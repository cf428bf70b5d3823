"""Hooks from a public JavaScript collection, ported to Python: one module a theme."""
