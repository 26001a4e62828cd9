# SPDX-License-Identifier: Apache-2.0
"""What tests need that do what a text tells people to do: an empty folder of somebody who has the host and the package,
and nothing of this tree, and the commands of the text, one after the other."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

PATIENCE_S = 60


def fail(text, output=""):
    sys.exit(f"failed: {text}\n{output}")


class Place:
    """`folder` is where commands run; a host that they start and do not stop is killed at the end."""

    def __init__(self, baton, prefix, folder, host_name="baton"):
        self.folder = pathlib.Path(folder)
        self.host_name = host_name
        self.host = None
        self.host_output = tempfile.TemporaryFile("w+")
        self.environment = dict(os.environ, XDG_RUNTIME_DIR=str(folder), CMAKE_PREFIX_PATH=str(prefix),
                                PKG_CONFIG_PATH=":".join(map(str, pathlib.Path(prefix).glob("lib*/**/pkgconfig"))),
                                CARGO_NET_OFFLINE="true", NO_COLOR="1", LC_ALL="C.UTF-8")
        self.environment["PATH"] = f"{pathlib.Path(baton).resolve().parent}:{os.environ['PATH']}"
        self.environment.pop("BATON_SOCKET", None)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.host is not None and self.host.poll() is None:
            self.host.kill()
            self.host.wait()
        self.host_output.close()

    def run(self, command, expected=0):
        """What the command prints; it must end with the status `expected`."""
        ran = subprocess.run(command, shell=True, cwd=self.folder, env=self.environment, text=True,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if ran.returncode != expected:
            fail(f"`{command}` ended with {ran.returncode}, not {expected}", ran.stdout + self.host_says())
        return ran.stdout

    def host_says(self):
        self.host_output.seek(0)
        said = self.host_output.read()
        return f"--- the host:\n{said}" if said else ""

    def start_host(self, command):
        if self.host is not None:
            fail(f"`{command}`, but a host runs already")
        self.host_output.seek(0)
        self.host_output.truncate()
        self.host = subprocess.Popen(["/bin/sh", "-c", "exec " + command], cwd=self.folder, env=self.environment,
                                     stdin=subprocess.DEVNULL, stdout=self.host_output, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + PATIENCE_S
        while not self._is_answering():
            if self.host.poll() is not None or time.monotonic() > deadline:
                fail(f"the host of `{command}` does not answer", self.host_says())

    def await_host_end(self):
        """The one that was told to stop."""
        if self.host is None:
            fail("there is no host that could end")
        status = self.host.wait(timeout=PATIENCE_S)
        if status != 0:
            fail(f"the host ended with {status}", self.host_says())
        self.host = None

    def _is_answering(self):
        return subprocess.run(f"baton status --host {self.host_name} -q", shell=True, env=self.environment,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0


def commands_of(lines):
    """Pairs of a command and the lines that it is to print: those behind it that begin with #."""
    commands = []
    is_going_on = False
    for line in lines:
        if is_going_on:
            commands[-1][0] += "\n" + line
        elif not line.startswith("#"):
            commands.append([line, []])
        elif not commands:
            fail(f"`{line}` is what no command prints")
        else:
            commands[-1][1].append(line[1:].removeprefix(" ").rstrip())
            continue
        is_going_on = line.endswith("\\")
    return commands


def is_as_expected(lines, output):
    """… stands for anything in a line, and a line of it for any lines."""
    pattern = "".join(r"(?:[^\n]*\n)*" if line == "…" else re.escape(line).replace("…", r"[^\n]*") + r"\n"
                      for line in lines)
    printed = "".join(line.rstrip() + "\n" for line in output.strip("\n").split("\n"))
    return re.fullmatch(pattern, printed) is not None


def follow(place, lines):
    """Does what a block of a text says. `baton run` goes on beside what comes behind it, until a `baton stop`, and then it
    must end well; `cd` holds for all that follows. A last line `# exit status N` is what a command ends with, 0 without
    it."""
    for command, printed in commands_of([line for line in lines if line.strip()]):
        status = re.fullmatch(r"exit status (\d+)", printed[-1]) if printed else None
        if status is not None:
            printed.pop()
        if command.startswith("baton run "):
            place.start_host(command)
        elif command.startswith("cd "):
            place.folder = (place.folder / command.removeprefix("cd ").split("#")[0].strip()).resolve(strict=True)
        else:
            output = place.run(command, int(status[1]) if status else 0)
            if printed and not is_as_expected(printed, output):
                fail(f"`{command}` does not print\n  " + "\n  ".join(printed) + "\nbut", output)
            if command.startswith("baton stop"):
                place.await_host_end()
