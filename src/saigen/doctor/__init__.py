"""Whether this machine can work with the platform, and for each thing that fails what to do."""
