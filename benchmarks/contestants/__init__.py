"""What is started: one small file a contestant; `benchmarks.lineup` says how."""
