"""Train, validation and test that everybody uses: for the script of the stage `split`, and for trainings.

from saigen.data.split import Group, Shares, split
print(split(["data/clean/flights"], "data/split", by=Group("tailnum"), seed=42, shares=Shares(0.7, 0.15, 0.15)))

from saigen.data.split import open_test
with mlflow.start_run():
    test = pd.read_csv(open_test() / "flights" / "12.csv")     # the run says that it looked at the test set
"""

from saigen.data.split.by import File, Group, Key, Row, Shares, Time
from saigen.data.split.leaks import Leak, LeakError, find_leaks
from saigen.data.split.test_set import open_test
from saigen.data.split.write import SplitReport, split

__all__ = [
    "File",
    "Group",
    "Key",
    "Leak",
    "LeakError",
    "Row",
    "Shares",
    "SplitReport",
    "Time",
    "find_leaks",
    "open_test",
    "split",
]
