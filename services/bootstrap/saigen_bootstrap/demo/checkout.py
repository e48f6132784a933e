"""A clone of the demo project in which its data and run are made, with plain git, dvc and python, as its author.

Every step can be repeated, and each leaves the project whole: data is in storage before its pointer is in Git, the
pointer and the tag come in one push, and the tag is there before the run that names it.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from ..credentials import Account, person_environment
from ..git.state import MAIN
from ..settings import INNER, Paths, Urls
from ..shell import Shell, base_environment
from .state import FILE, VERSION

_MESSAGE = """Add the Palmer penguins

Source: palmerpenguins 0.1.6, data/penguins.csv: 344 penguins of three species at Palmer Station, Antarctica,
  measured by K. Gorman and Palmer Station LTER, 2007-2009 (CC0)."""


@dataclass(frozen=True)
class Checkout:
    """A working tree of the project; `training` is its environment without the platform's inner Git address."""

    shell: Shell
    training: Shell
    source: Path

    @classmethod
    def clone(
        cls, project: str, account: Account, *, organisation: str, public: Urls, paths: Paths, folder: Path
    ) -> Checkout:
        """Clone under the public URL, so that nothing made here knows where the platform's inside is."""
        environment = {
            **base_environment(folder, path=f"{paths.template_environment}/bin:/usr/local/bin:/usr/bin:/bin"),
            **person_environment(account, organisation, INNER),
            "DVC_NO_ANALYTICS": "1",
            "DVC_SITE_CACHE_DIR": f"{folder}/dvc-site",
            "MPLCONFIGDIR": f"{folder}/matplotlib",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        url = f"{public.git}/{organisation}/{project}.git"
        to_inside = ["-c", f"url.{INNER.git}/.insteadOf={public.git}/"]
        Shell(folder, environment).run("git", *to_inside, "clone", "--quiet", url, folder / project)
        count = int(environment["GIT_CONFIG_COUNT"])
        inside = {
            "GIT_CONFIG_COUNT": str(count + 1),
            f"GIT_CONFIG_KEY_{count}": f"url.{INNER.git}/.insteadOf",
            f"GIT_CONFIG_VALUE_{count}": f"{public.git}/",
        }
        tree = folder / project
        return cls(Shell(tree, {**environment, **inside}), Shell(tree, environment), paths.demo / "project")

    def add_data(self) -> None:
        """Put the data under DVC and into storage; then, in one push, the pointer and the name of its version."""
        tree = self.shell.folder
        if not (tree / f"{FILE}.dvc").exists():
            shutil.copytree(self.source, tree, dirs_exist_ok=True, copy_function=shutil.copyfile)
            settings = (tree / "saigen.toml").read_text(encoding="utf-8")
            named = settings.replace('name = "demo"', f'name = "{tree.name}"', 1)
            (tree / "saigen.toml").write_text(named, encoding="utf-8")
        else:
            shutil.copyfile(self.source / FILE, tree / FILE)
        self.shell.run("dvc", "add", FILE)
        self.shell.run("git", "add", "--all")
        if not self.shell.asks("git", "diff", "--cached", "--quiet"):
            self.shell.run("git", "commit", "--quiet", "-m", _MESSAGE)
        self.shell.run("dvc", "push")
        self.shell.run("git", "tag", "-a", VERSION, "-m", "The Palmer penguins as they were published")
        self.shell.run("git", "push", "--quiet", "--atomic", "origin", f"HEAD:{MAIN}", f"refs/tags/{VERSION}")

    def fetch_data(self) -> None:
        """Go to the commit of the named version, with its data."""
        self.shell.run("git", "checkout", "--quiet", VERSION)
        self.shell.run("dvc", "pull")

    def train(self) -> str:
        """Train once; returns what the training printed."""
        return self.training.run("python", "src/train.py", seconds=300).splitlines()[-1]
