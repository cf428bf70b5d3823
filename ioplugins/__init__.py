"""Extension functions for integrator.io, in Python."""

__version__ = "0.1.0"
