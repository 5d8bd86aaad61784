"""Conversion to ncnn's files by pnnx, its own converter."""
import importlib.util
import pathlib
import re
import shutil
import subprocess


class NotConverted(Exception):
    """Why ncnn cannot take a network."""


def to_ncnn(model, shape, folder):
    """The `.ncnn.param` of an ONNX file at one input shape, made in `folder` unless it is there.

    ncnn has no batches: the batch is left at 1. Strided slices, for which ncnn has no layer, become the pooling of single pixels that they are.
    """
    home = folder / f"{model.stem}-{'x'.join(map(str, shape[1:]))}"
    made = home / "network.ncnn.param"
    if not (home / "done").exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir(parents=True)
        shutil.copy(model, home / "network.onnx")  # pnnx names its files after it
        command = [_program(), "network.onnx", f"inputshape=[{','.join(map(str, (1, *shape[1:])))}]f32", "fp16=0", "optlevel=2"]
        ran = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=300)
        if ran.returncode != 0 or not made.exists():
            raise NotConverted(f"pnnx ends with {ran.returncode}: {(ran.stderr or ran.stdout).strip()[-200:]}")
        made.write_text(_without_strided_slices(made.read_text(), (home / "network.pnnx.param").read_text()))
        (home / "done").touch()
    strange = sorted({line.split()[0] for line in made.read_text().splitlines()[2:] if "." in line.split()[0] or "::" in line.split()[0]})
    if strange:
        raise NotConverted(f"ncnn has no {', '.join(strange)}")
    return made


def _program():
    """pnnx's program, found without importing its package (which wants PyTorch)."""
    spec = importlib.util.find_spec("pnnx")
    path = pathlib.Path(spec.origin).parent / "pnnx" if spec else None
    if path is None or not path.exists():
        raise NotConverted("pnnx is not installed")
    return str(path)


def _without_strided_slices(param, source):
    """x[:, :, ::s, ::s] as a max-pool of 1x1 windows with stride s; `source` is pnnx's own file, which still tells the strides."""
    strides = dict(re.findall(r"^Tensor\.slice\s+(\S+) .*dims=\(2,3\).*starts=\(0,0\) steps=\((\d+),\2\)", source, re.M))

    def pooled(match):
        stride = strides.get(match[1])
        return match[0] if stride is None else f"Pooling {match[1]} {match[2]} 0=0 1=1 11=1 2={stride} 12={stride} 3=0 13=0 5=1"

    return re.sub(r"^Tensor\.slice +(\S+) +(1 1 \S+ \S+)$", pooled, param, flags=re.M)
