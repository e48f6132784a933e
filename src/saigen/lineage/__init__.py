"""Where something came from, and what came of it: data, commits, runs and models as one graph."""
