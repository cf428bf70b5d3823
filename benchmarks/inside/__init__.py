"""What runs inside the measured interpreter: each script prints its values as one line of JSON."""
