"""`saigen check`: the rules of a project, asked before a push: the same functions as the forge's gate."""
