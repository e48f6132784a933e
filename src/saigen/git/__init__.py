"""Git, as the client uses it: one thin module that runs it, and the pure rules about what it says."""
