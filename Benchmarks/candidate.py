"""A candidate: a process with one network loaded, asked over its standard input for timed runs."""
import json
import os
import pathlib
import re
import selectors
import subprocess
import sys
import tempfile
import time

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
PEERS = ("onnxruntime", "openvino", "ncnn")


class CandidateFailed(Exception):
    """What a candidate said when it ended."""


class Candidate:
    """Only one candidate computes at a time: the others wait for a line of input."""

    def __init__(self, name, command, environment=None):
        self.name = name
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, text=True, bufsize=1,
            env={**os.environ, **(environment or {})})
        try:
            self.ready = self._answer()
        except CandidateFailed:
            self.close()
            raise

    def run(self, times=1):
        """Runs `times` + 1 times back to back; the milliseconds of the last `times`."""
        return self.ask(f"run {times}")["ms"]

    def output(self):
        """The first output, flat."""
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "output.npy")
            self.ask(f"output {file}")
            return np.load(file).astype(np.float64).ravel()

    def peak_bytes(self):
        """The most memory the process ever had resident (Linux counts it for the process alone, not for who started it)."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024

    def ask(self, request):
        try:
            self.process.stdin.write(request + "\n")
        except OSError:
            pass  # it has ended; the answer says why
        return self._answer()

    def _answer(self, seconds=600):
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            line = self.process.stdout.readline() if selector.select(seconds) else ""
        if line:
            return json.loads(line)
        try:
            reason = f"exit {self.process.wait(5)}"
        except subprocess.TimeoutExpired:
            reason = f"no answer in {seconds} s"
        self.errors.seek(0)
        raise CandidateFailed(f"{self.name}: {reason}: {self.errors.read().strip()[-300:]}")

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()
        self.errors.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def kerf(program, model=None, shape=(), threads=1, options=(), cache=None):
    """Kerf as a candidate; `options` are passed on to `kerf time-server`."""
    command = [str(program), "time-server", *_loading(model, shape), "--threads", str(threads), *options]
    return Candidate("kerf", command, {"KERF_CACHE": str(cache)} if cache else None)


def peer(name, model=None, shape=(), threads=1, runtime=None):
    """A peer as a candidate; ncnn takes its converted file. `runtime` runs it where the name says more than that."""
    return Candidate(name, [sys.executable, str(HERE / "peer_server.py"), runtime or name, *_loading(model, shape), "--threads", str(threads)])


def _loading(model, shape):
    return [] if model is None else [str(model), "--shape", ",".join(map(str, shape))]


def pin(threads, core=None):
    """Keeps this process and those it starts on as many cores as there are threads (Linux): the last ones, or from `core` on."""
    if not hasattr(os, "sched_setaffinity"):
        return []
    cores = sorted(os.sched_getaffinity(0))
    chosen = [c for c in cores if core is not None and c >= core][:threads] or cores[-threads:]
    os.sched_setaffinity(0, chosen)
    return chosen


def unpin():
    """Gives this process all cores again: what prepares files need not share one."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count()))


def occupied(seconds=0.25):
    """The share of this process's cores that others take, the hypervisor among them: what they are busy with while the candidates wait (Linux)."""
    def ticks():
        chosen = {f"cpu{core}" for core in os.sched_getaffinity(0)}
        lines = [line.split() for line in pathlib.Path("/proc/stat").read_text().splitlines()]
        fields = [list(map(int, line[1:9])) for line in lines if line[0] in chosen]  # user nice system idle iowait irq softirq steal
        return sum(map(sum, fields)), sum(f[3] + f[4] for f in fields)

    before = ticks()
    time.sleep(seconds)
    total, idle = (after - earlier for after, earlier in zip(ticks(), before))
    return 1 - idle / total if total else 0.0
