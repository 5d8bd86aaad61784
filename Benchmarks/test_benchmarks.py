#!/usr/bin/env python3
"""Tests of the judge itself: the figures, the candidates' protocol, the conversion. `test_benchmarks.py` runs them (seconds)."""
import argparse
import json
import os
import pathlib
import tempfile
import unittest
import unittest.mock

import numpy as np
import onnx
from onnx import numpy_helper

import accuracy_int8
import bench
import calibration
import candidate
import convert
import measure
import networks
import peer_server
import quantizers
import plot
import tables
import works
from verdict import geometric_mean, judged, ratios

HERE = pathlib.Path(__file__).resolve().parent
KERF = pathlib.Path(os.environ.get("KERF", HERE.parent / ".build" / "release" / "kerf"))


class Figures(unittest.TestCase):
    times = {"kerf": [10, 10, 10, 10, 10], "ncnn": [12, 13, 14, 15, 16], "onnxruntime": [20, 20, 20, 20, 20]}

    def test_the_best_peer_is_the_one_with_the_lowest_median(self):
        self.assertEqual(ratios(self.times), ("ncnn", [1.2, 1.3, 1.4, 1.5, 1.6]))

    def test_a_bar_is_met_missed_or_straddled_by_the_quartiles(self):
        for floor, verdict, holds in ((1.3, "met", True), (1.35, "straddles", True), (1.45, "straddles", False), (1.5, "missed", False)):
            outcome = judged(self.times, works.Bar(floor))
            self.assertEqual((outcome["verdict"], outcome["holds"]), (verdict, holds), floor)
        self.assertEqual(judged(self.times, works.Bar(1.9, None, "onnxruntime"))["verdict"], "met")
        self.assertEqual(judged(self.times, works.Bar(1.9, None, "openvino"))["verdict"], "no peer")

    def test_the_geometric_mean_of_inverses_is_one(self):
        self.assertAlmostEqual(geometric_mean([4, 0.25]), 1)

    def test_ranks_cut_the_work_as_named(self):
        for form, reduction, cost in (("spatial", 4, lambda k: 3 * k * 512), ("cp", 8, lambda k: k * 518), ("tucker2", 4, lambda k: 512 * k + 9 * k * k)):
            k = networks.rank(form, 256, 256, reduction)
            self.assertEqual(k % 16, 0)
            self.assertTrue(cost(k - 8) <= 9 * 256 * 256 / reduction <= cost(k + 8), f"{form}: rank {k}")

    def test_names_of_works_are_told_apart(self):
        self.assertEqual(len({w.name for w in works.WORKS}), len(works.WORKS))


class Candidates(unittest.TestCase):
    """Every candidate on one small network with every kind of layer, a strided slice among them."""

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.model = cls.folder / "small.onnx"
        chain = networks.Chain(3, 24)
        for form in networks.FORMS:
            chain.layer(form, 32, 2)
        ends = [chain._weight(np.zeros(1)) for _ in range(4)]
        chain._add("Slice", ends).conv(32, (3, 3), groups=32).conv(16, (5, 5), stride=2)
        for name, values in zip(ends, ((0, 0), (1 << 62, 1 << 62), (2, 3), (2, 2))):
            place = int(name[1:])
            chain.weights[place] = numpy_helper.from_array(np.array(values, np.int64), name)
        chain.save(cls.model)
        cls.shape = (1, 3, 24, 24)

    def test_all_compute_the_same_and_answer_as_many_times_as_asked(self):
        files = dict.fromkeys(candidate.PEERS, self.model)
        files["ncnn"] = convert.to_ncnn(self.model, self.shape, self.folder / "ncnn")
        outputs = {}
        starts = {name: lambda name=name, file=file: candidate.peer(name, file, self.shape) for name, file in files.items()}
        starts["kerf"] = lambda: candidate.kerf(KERF, self.model, self.shape)
        for name, start in starts.items():
            with start() as running:
                self.assertEqual(len(running.run(3)), 3)
                self.assertGreater(min(running.run()), 0)
                self.assertGreater(running.peak_bytes(), 1 << 20)
                self.assertGreater(running.ready["first_run_ms"], 0)
                outputs[name] = running.output()
        scale = np.abs(outputs["onnxruntime"]).max()
        for name, output in outputs.items():
            np.testing.assert_allclose(output / scale, outputs["onnxruntime"] / scale, atol=1e-4, err_msg=name)

    def test_what_goes_wrong_is_told(self):
        with self.assertRaisesRegex(candidate.CandidateFailed, "exit 2: kerf: .*nothing.onnx"):
            candidate.kerf(KERF, self.folder / "nothing.onnx", self.shape)
        with candidate.kerf(KERF, self.model, self.shape) as running:
            with self.assertRaisesRegex(candidate.CandidateFailed, "exit 2: kerf: 'sing' is not a request"):
                running.ask("sing")

    def test_a_work_is_measured_reported_and_resumed(self):
        given = argparse.Namespace(kerf=KERF, kerf_options=[], scratch=self.folder, cache=self.folder / "cache", threads=1, rounds=2)
        work = works.Work("dense", "small", self.shape, lambda: networks.Chain(3, 24).layer("dense", 16), bars=(works.Bar(0.0001),))
        result = measure.measure(work, given, given.rounds)
        self.assertEqual({len(ms) for ms in result["times_ms"].values()}, {2})
        self.assertEqual(set(result["times_ms"]), {"kerf", *candidate.PEERS})
        self.assertIn("bar 0.0001: met", bench.line(result))
        results = {"machine": bench.machine(), "works": {"small": {**result, "build": "b", "options": []}}}
        bench.save(self.folder / "results.json", results)
        self.assertEqual(bench.load(self.folder / "results.json"), results)
        self.assertTrue(bench.is_finished(results["works"]["small"], given, "b"))
        self.assertFalse(bench.is_finished(results["works"]["small"], given, "another build"))
        self.assertEqual(result["multiplications"], 9 * 3 * 16 * 24 * 24)
        self.assertTrue(0 <= result["occupied"] <= 1)
        given.threads = 2
        double = measure.measure(work, given, given.rounds)
        self.assertEqual(set(double["times_ms"]), {"kerf", measure.SINGLE, *candidate.PEERS})
        text = tables.full(results, {"works": {"small": double}}, {"works": {}})
        mark = r"\| small( †)? \| "
        self.assertRegex(text, mark + tables.milliseconds(result["median_ms"]["kerf"]))
        self.assertRegex(text.split("## Two threads")[1], mark + tables.milliseconds(double["median_ms"][measure.SINGLE]))
        plot.draw(results["works"], self.folder / "plot.svg")
        self.assertIn("small", (self.folder / "plot.svg").read_text())

    def test_int8_works_have_one_file_or_each_its_own(self):
        given = argparse.Namespace(kerf=KERF, kerf_options=[], scratch=self.folder / "int8", cache=None, threads=1, rounds=1, build="b")
        build = lambda: networks.Chain(3, 24).layer("dense", 16).layer("spatial", 32, 2).layer("cp", 32, 2)
        work = works.Work("vgg-int8", "small int8", self.shape, build, int8="shared")
        result = measure.measure(work, given, given.rounds)
        self.assertEqual(set(result["times_ms"]), {"kerf", "onnxruntime", "openvino"})
        self.assertEqual(result["dropped"], {})
        self.assertGreater(result["multiplications"], 9 * 3 * 16 * 24 * 24)
        table = tables.family_table([result])
        self.assertIn("GOP/s", table)
        self.assertNotIn("ncnn", table)
        own = works.Work("networks-int8", "own", self.shape, build, file="own.onnx", int8="own")
        given.kerf = self.folder / "quantizer"
        given.kerf.write_text('#!/bin/sh\necho "$@" > "$0.log"; echo it cannot >&2; exit 3\n')
        given.kerf.chmod(0o755)
        with unittest.mock.patch.dict(calibration.NETWORKS, {"own": ("card", None, 5)}):
            with self.assertRaisesRegex(candidate.CandidateFailed, "exit 3: it cannot"):
                measure.measure(own, given, given.rounds)
        self.assertIn("card.yaml --calibration 5", (self.folder / "quantizer.log").read_text())
        free = works.Work("networks-free", "own −0.5 dB", self.shape, build, file="own.onnx", int8="free", drop=0.5)
        told = {split: {"measurement": {"value": value, "unit": "dB", "count": 2}} for split, value in (("before", 30), ("after", 29.6))}
        told |= {"seconds": 7, "layers": [{"form": None, "rank": [], "precision": "int8"}]}
        given.kerf.write_text(f'#!/bin/sh\n[ "$1" = compress ] || exec {KERF} "$@"\necho "$@" > "$0.log"\ncp "$2" "$4"\necho \'{json.dumps(told)}\'\n')
        with unittest.mock.patch.dict(calibration.NETWORKS, {"own": ("card", None, 5)}):
            result = measure.measure(free, given, given.rounds)
        self.assertIn("--max-drop 0.5 --precision auto", (self.folder / "quantizer.log").read_text())
        self.assertEqual(set(result["times_ms"]), {"kerf", *candidate.PEERS})
        self.assertIn("30.000 → 29.600 dB (2 images), found in 7 s", tables.family_table([result]))

    def test_a_quantizer_that_fails_says_why(self):
        with self.assertRaisesRegex(quantizers.NotQuantized, "nothing.onnx"):
            quantizers.made("onnxruntime-minmax", self.folder / "nothing.onnx", self.folder, noise_shape=self.shape)
        for tool in ("onnxruntime-percentile", "nncf-onnx", "nncf-openvino"):
            self.assertTrue(quantizers.made(tool, self.model, self.folder, noise_shape=self.shape).exists(), tool)

    def test_calibration_images_are_spread_over_the_split(self):
        self.assertEqual(calibration.spread(list(range(10)), 4), [0, 2, 5, 7])
        self.assertEqual(calibration.spread([1, 2], 5), [1, 2])

    def test_accuracy_is_read_and_judged(self):
        text = ("dn_dncnn_s25  set12 sigma 25 PSNR dB   30.363  reference   30.413    2 s\n"
                "net  top-1 % (1000)   61.700  reference   62.000    9 s\n")
        found = {m["measure"]: float(m["value"]) for m in accuracy_int8.FIGURE.finditer(text)}
        self.assertEqual(found, {"set12 sigma 25 PSNR dB": 30.363, "top-1 % (1000)": 61.7})
        for kerf, other, wanted in ((61.7, 61.6, "met"), (61.7, 61.8, "missed: another loses 0.10 less"), (62.1, 62.3, "met"),
                                     (61.4, 61.0, "missed: loss above 0.5 %")):
            values = {"float": {"top-1 %": 62.0}, "kerf": {"top-1 %": kerf}, "nncf-onnx": {"top-1 %": other}}
            self.assertEqual(accuracy_int8.verdict(values, "top-1 %"), wanted)
        self.assertIn("| net | top-1 % | 62.00 | **61.40** | – | – | 61.00 | 0.60 | missed: loss above 0.5 % |",
                      accuracy_int8.markdown({"networks": {"net": {"values": values, "failed": {}}}}))

    def test_int8_differences_are_of_the_root_mean_square(self):
        self.assertAlmostEqual(measure.difference(np.array([1.0, 1, 1, 3]), np.array([1.0, 1, 1, 1]), True), 1)
        self.assertAlmostEqual(measure.difference(np.array([1.0, 1, 1, 3]), np.array([1.0, 1, 1, 1]), False), 2)
        self.assertEqual(measure.difference(np.zeros(3), np.zeros(4), True), float("inf"))

    def test_the_input_of_peers_is_that_of_kerf(self):
        self.assertEqual(peer_server.feed((1, 1, 2, 126)).ravel()[250:252].tolist(), [np.float32(250 / 251), 0])
        self.assertEqual(onnx.load(self.model).graph.input[0].name, "x")


if __name__ == "__main__":
    unittest.main()
