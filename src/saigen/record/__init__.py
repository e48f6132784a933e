"""Recording: what a run needs to be run again, kept while the run is made, by the run's own process.

The order of a recording: `provider` is called by MLflow inside a training and answers the tags; `start` gathers them
(`place`, `command`, `environment`, `snapshot`, `datasets`); `spool` keeps on disk what is left to do; `helper`, a small
process of its own, outlives the training; `finish` pushes, compares data and writes the state. `unrecorded` watches
which files the training opens.
"""
