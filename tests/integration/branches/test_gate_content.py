"""What the gate says of the content of a push: each time one that it refuses, and then its fix, which it accepts."""

from __future__ import annotations

import json
import random

from tests.integration.branches.guarded import PROJECT, Desk, a_token
from tests.integration.declared import by_hand
from tests.integration.stack import Stack
from tests.waiting import eventually

# -- data -------------------------------------------------------------------------------------------------------------


def test_a_pointer_without_its_data(desk: Desk) -> None:
    desk.branch_with_data("free/pointer", "data/set", sent=False)
    desk.refused("free/pointer", "data/set is not whole in s3://dvc/guarded", "saigen data push data/set")
    desk.run("dvc", "push", "--quiet")
    desk.accepted("free/pointer")


def test_data_of_which_one_object_was_lost(platform: Stack, desk: Desk) -> None:
    desk.branch_with_data("free/lost", "data/lost")
    listed = json.loads(next(desk.root.glob(".dvc/cache/files/md5/*/*.dir")).read_text())
    md5 = listed[1]["md5"]
    key = f"{PROJECT}/files/md5/{md5[:2]}/{md5[2:]}"
    by_hand(platform, f"storage._s3.remove_object(bucket_name='dvc', object_name='{key}')")
    desk.refused("free/lost", "1 of its 3 files are not there: 1.csv")
    desk.person.s3().upload_file(str(desk.root / "data/lost/1.csv"), "dvc", key)
    desk.accepted("free/lost")


def test_nothing_is_let_in_while_the_storage_is_away(platform: Stack, desk: Desk) -> None:
    desk.branch_with_data("free/away", "data/away")
    platform.compose("stop", "storage").check_returncode()
    try:
        desk.refused("free/away", "the storage is away", "docker compose ps storage")
    finally:
        platform.compose("start", "storage").check_returncode()
    eventually(lambda: platform.health("storage") == "healthy")
    desk.accepted("free/away")


def test_what_is_uploaded_is_known_and_after_a_restart_it_is_asked_for_once(platform: Stack, desk: Desk) -> None:
    desk.branch_with_data("free/known", "data/known", sent=False)
    (before,) = eventually(lambda: [objects_known(platform)])
    desk.run("dvc", "push", "--quiet")
    eventually(lambda: objects_known(platform) >= before + 3)

    platform.compose("restart", "storage").check_returncode()
    eventually(lambda: platform.health("storage") == "healthy")
    eventually(lambda: objects_known(platform) == 0)
    desk.accepted("free/known")
    assert objects_known(platform) == 3


def objects_known(platform: Stack) -> int:
    """How many objects of the storage the gate need not ask for."""
    done = platform.compose("exec", "-T", "git", "saigen-git", "known")
    assert done.returncode == 0, done.stdout
    return int(done.stdout)


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_big_file(desk: Desk) -> None:
    desk.branch("free/big")
    base = desk.git("rev-parse", "HEAD")
    desk.write("weights.bin", random.randbytes(11_000_000))
    desk.commit("Add weights")
    desk.refused("free/big", "weights.bin is too big for Git", "dvc add weights.bin")
    desk.git("reset", "--quiet", base)
    desk.run("dvc", "add", "--quiet", "weights.bin")
    desk.run("dvc", "push", "--quiet")
    desk.commit("Add weights under DVC")
    desk.accepted("free/big")


def test_a_secret(desk: Desk) -> None:
    desk.branch("free/secret")
    token = a_token()
    desk.write("src/upload.py", f'import os\n\nTOKEN = "{token}"\n')
    desk.commit("Upload")
    assert token not in desk.refused("free/secret", "src/upload.py, line 3, looks like a secret")
    desk.write("src/upload.py", 'import os\n\nTOKEN = os.environ["GITHUB_TOKEN"]\n')
    desk.git("commit", "--quiet", "--all", "--amend", "--no-edit")
    desk.accepted("free/secret")


def test_a_secret_that_only_gitleaks_knows(desk: Desk) -> None:
    desk.branch("free/mail")
    key = "".join(random.Random(8).choices("0123456789abcdef", k=32))
    desk.write("src/mail.py", f"account = 'SK{key}'\n")
    desk.commit("Mail")
    desk.refused("free/mail", "src/mail.py, line 1, looks like a secret")
    desk.write("src/mail.py", "import os\n\naccount = os.environ['ACCOUNT']\n")
    desk.git("commit", "--quiet", "--all", "--amend", "--no-edit")
    desk.accepted("free/mail")


# -- what runs ran ----------------------------------------------------------------------------------------------------


def test_a_snapshot_is_small_and_holds_no_secret_but_may_lack_data(desk: Desk) -> None:
    desk.branch("free/snapshot")
    base = desk.git("rev-parse", "HEAD")
    desk.data("data/unpushed")
    whole = desk.commit("What ran, with data that is nowhere yet")
    desk.accepted(f"refs/saigen/in/{whole}")
    desk.refused("free/snapshot", "data/unpushed is not whole")
    desk.write("src/key.py", f"KEY = '{a_token()}'\n")
    secret = desk.commit("What ran, with a secret")
    desk.refused(f"refs/saigen/in/{secret}", "looks like a secret")
    desk.git("reset", "--quiet", "--hard", base)
    desk.write("dump.bin", random.randbytes(41_000_000))
    large = desk.commit("What ran, with a dump")
    desk.refused(f"refs/saigen/in/{large}", "is too large")
