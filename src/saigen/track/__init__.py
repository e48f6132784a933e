"""From and to the tracking server: the consolidated results of a project, and what began in a folder `mlruns`."""
