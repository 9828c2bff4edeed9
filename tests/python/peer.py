"""What numpy thinks of our files, and files that numpy writes for us.

read FILE    checks the arrays that run.ts wrote
write FILE   writes the arrays that run.ts reads; the format is in the name
"""
import json
import sys

import numpy as np

EXPECTED = {
    ".layers[0].nn.weight": np.arange(6, dtype="<f4").reshape(3, 2) / 4 - 1,
    ".layers[0].nn.bias": np.array([0.1, -2.5, 3e38], "<f4"),
    ".count": np.array(-7, "<i4"),
    ".seed": np.array([1, 4294967295], "<u4"),
    ".mask": np.array([[True, False]]),
    ".empty": np.zeros((0, 3), "<f4"),
}


def read_safetensors(file):
    data = open(file, "rb").read()
    start = 8 + int.from_bytes(data[:8], "little")
    types = {"F32": "<f4", "I32": "<i4", "U32": "<u4", "BOOL": "?"}
    return {
        name: np.frombuffer(
            data[start + entry["data_offsets"][0] : start + entry["data_offsets"][1]],
            types[entry["dtype"]],
        ).reshape(entry["shape"])
        for name, entry in json.loads(data[8:start]).items()
    }


def read(file):
    if file.endswith(".safetensors"):
        found = read_safetensors(file)
    else:
        with np.load(file) as arrays:
            found = {name: arrays[name] for name in arrays.files}
    assert sorted(found) == sorted(EXPECTED), sorted(found)
    for name, array in EXPECTED.items():
        assert found[name].dtype == array.dtype, (name, found[name].dtype)
        assert found[name].shape == array.shape, (name, found[name].shape)
        assert found[name].tobytes() == array.tobytes(), name


def write(file):
    arrays = dict(EXPECTED)
    if "fortran" in file:
        arrays = {name: np.array(a, order="F") for name, a in arrays.items()}
    if "big" in file:
        arrays = {n: a.astype(a.dtype.newbyteorder(">")) for n, a in arrays.items()}
    if "wide" in file:
        wide = {"f": "<f8", "i": "<i8", "u": "<u8", "b": "?"}
        arrays = {n: a.astype(wide[a.dtype.kind]) for n, a in arrays.items()}
    save = np.savez_compressed if "deflated" in file else np.savez
    # A file object, since numpy would else treat names with dots.
    with open(file, "wb") as stream:
        save(stream, extra=np.array(["text"]), **arrays)


{"read": read, "write": write}[sys.argv[1]](sys.argv[2])
