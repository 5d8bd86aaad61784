# Kerf's commands. `make demo` and `make test` need only a Swift 6.3 toolchain: they install the system libraries that are missing.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
CONFIGURATION ?= release
SWIFT_FLAGS ?=
PYTHON := .venv/bin/python
BENCH_PYTHON := .venv-bench/bin/python
BENCH_OPTIONS ?=
KERF := .build/$(CONFIGURATION)/kerf

.PHONY: help setup build demo test-build test examples check lint judges caps without-data kernels neon sanitize results bench clean

help:  ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/'

setup:  ## install the system libraries that are missing
	@Scripts/setup.sh

build: setup  ## build a release
	swift build -c $(CONFIGURATION) --product kerf $(SWIFT_FLAGS)

demo: build  ## compress the bundled denoiser, print the table, write the report
	$(KERF) demo

# The test product by its name: building all tests would also build every tool of the dependencies, protoc among them.
test-build: setup
	swift build -c release --product kerfPackageTests $(SWIFT_FLAGS)

test: test-build  ## run the tests in release
	swift test -c release --skip-build $(SWIFT_FLAGS)

# A build of its own, without optimisation, so that it takes seconds: what is shown is that another package builds and runs on Kerf as it is.
examples: setup  ## build and run the example package that depends on Kerf
	swift build --package-path Examples/RunModel --scratch-path .build-examples $(SWIFT_FLAGS)
	.build-examples/debug/RunModel Demo/dead_leaves_denoiser.onnx

check: lint judges caps without-data kernels neon examples sanitize  ## format lint, outside judges, each instruction set, no data, guard pages, NEON, sanitizers

lint: setup  ## check the format and the sizes of files
	swift format lint --strict --recursive --parallel Package.swift Sources Tests Examples
	Scripts/file-sizes.sh

$(PYTHON): Scripts/requirements.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r Scripts/requirements.txt
	touch $(PYTHON)

judges: build $(PYTHON)  ## ask onnxruntime, the ONNX backend tests, TensorLy, NumPy and Chromium
	Scripts/judges/all.sh $(KERF) $(PYTHON)

caps: test-build  ## run the engine's tests under each instruction set cap
	for isa in avx2 scalar; do echo "KERF_ISA=$$isa"; KERF_ISA=$$isa swift test -c release --skip-build --filter 'KerfEngineTests' $(SWIFT_FLAGS); done

without-data: test-build  ## run the tests that ask for KERF_DATA without it: they say that they are skipped
	env -u KERF_DATA swift test -c release --skip-build --filter 'KerfDataTests|KerfONNXTests' $(SWIFT_FLAGS)

kernels:  ## check every C kernel of this machine's instruction sets beside guard pages
	Scripts/kernels.sh native

neon:  ## check the AArch64 kernels under qemu-user
	Scripts/kernels.sh neon

# Debug builds are slow: fewer damaged files, and the leak check is off (the test runner itself leaks).
sanitize: setup  ## run the unit tests under the address and the thread sanitizer
	swift build --sanitize address --scratch-path .build-address --product kerfPackageTests $(SWIFT_FLAGS)
	ASAN_OPTIONS=detect_leaks=0 KERF_MUTATIONS=2000 swift test --sanitize address --scratch-path .build-address --skip-build --filter 'KerfONNXTests|KerfEngineTests|KerfDataTests' $(SWIFT_FLAGS)
	swift build --sanitize thread --scratch-path .build-thread --product kerfPackageTests $(SWIFT_FLAGS)
	TSAN_OPTIONS="suppressions=$(CURDIR)/Scripts/thread-sanitizer.supp" swift test --sanitize thread --scratch-path .build-thread --skip-build --filter 'ThreadPool|Session|ConcurrentMap' $(SWIFT_FLAGS)

results: build $(BENCH_PYTHON)  ## measure the table of the README (needs KERF_DATA)
	$(BENCH_PYTHON) Scripts/results.py --kerf $(KERF)

$(BENCH_PYTHON): Benchmarks/requirements.txt Benchmarks/requirements-no-deps.txt
	python3 -m venv .venv-bench
	.venv-bench/bin/pip install --quiet --disable-pip-version-check -r Benchmarks/requirements.txt
	.venv-bench/bin/pip install --quiet --disable-pip-version-check --no-deps -r Benchmarks/requirements-no-deps.txt
	touch $(BENCH_PYTHON)

# Finished works are kept: a run that was cut off goes on where it ended (BENCH_OPTIONS=--fresh starts again, "--rounds 3" is a quick look).
bench: build $(BENCH_PYTHON)  ## time Kerf against onnxruntime, OpenVINO and ncnn (networks with KERF_DATA)
	KERF=$(KERF) $(BENCH_PYTHON) Benchmarks/test_benchmarks.py
	$(BENCH_PYTHON) Benchmarks/bench.py --kerf $(KERF) $(BENCH_OPTIONS)
	if [ "$$(nproc)" -gt 1 ]; then $(BENCH_PYTHON) Benchmarks/bench.py --kerf $(KERF) --threads 2 --family dense --family vgg $(BENCH_OPTIONS); fi
	$(BENCH_PYTHON) Benchmarks/footprint.py --kerf $(KERF)
	$(BENCH_PYTHON) Benchmarks/accuracy_int8.py --kerf $(KERF)
	$(BENCH_PYTHON) Benchmarks/bfloat16.py --kerf $(KERF)
	$(BENCH_PYTHON) Benchmarks/report.py

clean:  ## remove what was built
	rm -rf .build .build-address .build-thread .build-examples .venv .venv-bench Benchmarks/.work demo-output
