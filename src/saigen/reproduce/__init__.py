"""Run again what a run ran, anywhere: clean checkout, verified data, same environment, and a verdict on the metrics.

    target -> plan -> consent -> checkout -> data -> environment -> execute -> match -> compare -> verdict

plan, match, compare and verdict are pure: they decide. The others talk to Git, storage, uv and the tracking server.
"""
