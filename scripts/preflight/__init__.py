"""Looks at a machine before anything is changed on it: may Saigen be built and run here?

`settings` reads what is wanted, `facts` reads what is, `rules` compares the two without touching anything.
Only the standard library and Python 3.9: this runs before anything is installed.
"""
