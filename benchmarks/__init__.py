"""Benchmarks: ioplugins beside the Node packages and beside what else a Python user could pick.

``python -m benchmarks`` measures and writes RESULTS.md; README.md says how.
"""
