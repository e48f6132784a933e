"""data/clean -> data/split/{train,validation,test}: one split that everybody uses. Run by `saigen data split`.

This file is the team's: change it on this branch. A row never changes sides when data is added; it may when BY, SEED or
SHARES change, so choose them once.
"""

from saigen.data.split import Row, Shares, split
from saigen.data.stage import inputs_of

# Which rows belong together. Row(): the same content. Key("id"): the same id. Group("patient"): the same patient.
# Time("day", validation="2013-10-01", test="2013-12-01"): what came later measures. File(): whole files (images).
BY = Row()
SEED = 42
SHARES = Shares(train=0.7, validation=0.15, test=0.15)

print(split(inputs_of("split"), "data/split", by=BY, seed=SEED, shares=SHARES))
