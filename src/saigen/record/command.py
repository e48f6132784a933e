"""How a run was started, so that it can be started again from the repository's root on another machine. Pure.

Paths inside the repository become relative ones, programs of the environment become bare names, secrets are masked.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath

from saigen.record.process import is_python
from saigen.record.secrets import is_secret_name, kind_of, masked
from saigen.recording import Command

# Variables that change what a training computes. A repository adds its own in saigen.toml: [record] environment.
ALLOWED = frozenset(
    {
        "ATEN_CPU_CAPABILITY",
        "BLIS_ARCH_TYPE",
        "CUBLAS_WORKSPACE_CONFIG",
        "CUDA_DEVICE_ORDER",
        "CUDA_VISIBLE_DEVICES",
        "HYDRA_FULL_ERROR",
        "JAX_ENABLE_X64",
        "JAX_PLATFORMS",
        "KERAS_BACKEND",
        "MKL_CBWR",
        "MKL_ENABLE_INSTRUCTIONS",
        "MKL_NUM_THREADS",
        "MLFLOW_EXPERIMENT_NAME",
        "NPY_DISABLE_CPU_FEATURES",
        "NUMEXPR_NUM_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_CORETYPE",
        "OPENBLAS_NUM_THREADS",
        "PYTHONHASHSEED",
        "PYTHONPATH",
        "PYTORCH_CUDA_ALLOC_CONF",
        "SAIGEN_PHASE",
        "SAIGEN_RELEASE",
        "TF_CUDNN_DETERMINISTIC",
        "TF_DETERMINISTIC_OPS",
        "TOKENIZERS_PARALLELISM",
        "XLA_FLAGS",
    }
)
# Set by the shell, the system, the launcher or the platform: never something that a command needs to be given.
_USUAL = re.compile(
    r"HOME|PATH|PWD|OLDPWD|USER|LOGNAME|SHELL|SHLVL|TERM|LANG|LC_\w+|TZ|TMPDIR|TEMP|TMP|HOSTNAME|DISPLAY|EDITOR|_|VIRTUAL_ENV"
    r"|CONDA_\w+|XDG_\w+|MLFLOW_\w+|AWS_\w+|SAIGEN_\w+|GIT_\w+|UV_\w+|PYTEST_\w+|RANK|LOCAL_RANK|WORLD_SIZE|LOCAL_WORLD_SIZE"
    r"|MASTER_ADDR|MASTER_PORT|GROUP_RANK|TORCHELASTIC_\w+|OMPI_\w+|PMI_\w+|SLURM_\w+|SSL_CERT_FILE|REQUESTS_CA_BUNDLE|COLUMNS"
)
_READ = re.compile(
    rb"(?:environ(?:\.get|\.setdefault|\.pop)?\s*[\[(]|getenv\s*\()\s*[\"']([A-Za-z_][A-Za-z0-9_]*)[\"']"
)
_PLAIN = re.compile(r"[-+]?\d[\d_.,]*(?:e[-+]?\d+)?|[A-Za-z][A-Za-z_./-]{0,31}|[\w.,:-]{1,12}", re.IGNORECASE)
_OPTION = re.compile(r"(?P<name>[\w.+-]+=)(?P<value>/.*)", re.DOTALL)


def describe(
    arguments: tuple[str, ...],
    directory: Path,
    root: Path | None,
    environment: Mapping[str, str],
    *,
    read: Iterable[str] = (),
    allowed: Iterable[str] = (),
    programs: Iterable[Path] = (),
) -> Command:
    """The command to record.

    Args:
        arguments: the process's words, the program first. directory: where it was started, absolute.
        root: of the repository, absolute; None outside of any.
        environment: the process's variables. read: names of those that the code asks for.
        allowed: names beside ALLOWED whose values are recorded. programs: folders of the environment's own programs.
    """
    directory = Path(os.path.realpath(directory))  # as the root is
    inside = root is not None and directory.is_relative_to(root)
    base = directory if inside else root or directory
    words = masked(tuple(_moved(word, directory, base, root) for word in _program(arguments, tuple(programs))))
    values, needs = variables(environment, read, allowed)
    if root is not None and "PYTHONPATH" in values:
        parts = values["PYTHONPATH"].split(os.pathsep)
        values["PYTHONPATH"] = os.pathsep.join(_moved(part, directory, base, root) for part in parts)
    where = base.relative_to(root).as_posix() if root is not None else ""
    return Command(words, "" if where == "." else where, values, needs)


def variables(
    environment: Mapping[str, str], read: Iterable[str], allowed: Iterable[str] = ()
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Which variables are recorded with their values, and the names of the others that the code needs.

    A value is recorded for a name on the list; and for one that the code reads where neither name nor value can be a
    secret: a number, a short word. Everything else that the code reads and that is set is a need.
    """
    listed = ALLOWED | set(allowed)
    values = {
        name: environment[name]
        for name in listed
        if name in environment and not kind_of(os.fsencode(environment[name]))
    }
    needs = []
    for name in set(read) - set(values):
        if name not in environment or _USUAL.fullmatch(name):
            continue
        if not is_secret_name(name) and _PLAIN.fullmatch(environment[name]):
            values[name] = environment[name]
        else:
            needs.append(name)
    return values, tuple(sorted(needs))


def names_read(source: bytes) -> set[str]:
    """Names of the environment variables that a Python source asks for by a literal name."""
    return {name.decode() for name in _READ.findall(source)}


def _program(arguments: tuple[str, ...], programs: tuple[Path, ...]) -> tuple[str, ...]:
    """The words with a bare first one: `python`, or the program of the environment that the interpreter was given."""
    if not is_python(arguments):
        return (PurePath(arguments[0]).name, *arguments[1:]) if arguments else ("python",)
    if len(arguments) > 1 and Path(arguments[1]).parent in programs:
        return (PurePath(arguments[1]).name, *arguments[2:])
    return ("python", *arguments[1:])


def _moved(word: str, directory: Path, base: Path, root: Path | None) -> str:
    """A word as it is written in `base`: an absolute path inside the repository becomes a relative one."""
    if root is None:
        return word
    if option := _OPTION.fullmatch(word):
        return option["name"] + _moved(option["value"], directory, base, root)
    path = PurePath(word)
    if path.is_absolute():
        # As it is written, and else where it leads: the repository may have been reached through a link.
        written = (Path(os.path.normpath(word)), Path(os.path.realpath(word)))
        inside = next((one for one in written if one.is_relative_to(root)), None)
        return posixpath.relpath(inside.as_posix(), base.as_posix()) if inside else word
    there = os.path.exists(directory / path)  # noqa: PTH110 - Path.exists() fails for a word that is longer than any name
    if base != directory and there and (directory / path).resolve().is_relative_to(root):
        return posixpath.relpath((directory / path).resolve().as_posix(), base.as_posix())
    return word
