"""data/<name> -> data/clean/<name>: only what is valid. Run by `saigen data clean`, or `dvc repro clean`.

This file is the team's: change it on this branch. Whoever changes it has everything cleaned again; where only data is
new, only new data is.
"""

from saigen.data.clean import clean
from saigen.data.stage import inputs_of

# Rows to keep, as a condition in SQL on columns of text. "true" keeps all but rows without any value:
#   WHERE = "arr_delay <> 'NA'"
WHERE = "true"

for source in inputs_of("clean"):
    print(clean(source, f"data/clean/{source.name}", where=WHERE))
