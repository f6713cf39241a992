# The few commands a person types. `make demo` and `make test` do all their own set-up on a fresh Debian 12 machine.

PACKAGES = cmake ninja-build ccache g++ git libboost-dev libboost-random-dev librandom123-dev libeigen3-dev \
           libopenblas-dev libhdf5-dev libcli11-dev libfmt-dev libtomlplusplus-dev nlohmann-json3-dev libdeflate-dev \
           libxxhash-dev libfarmhash-dev libgtest-dev python3-h5py python3-numpy $(NPM)
# npm brings the libraries of the report's charts; one that is there already, from wherever, will do.
NPM = $(shell command -v npm >/dev/null || echo nodejs npm)
LINT_PACKAGES = clang-format clang-tidy
SUDO = $(shell [ "$$(id -u)" = 0 ] || echo sudo)
SOURCES = $(shell git ls-files '*.h' '*.cpp')

.PHONY: demo test dev bench lint format packages release

# When does a cascade lose to a direct model as refunds get sparse? A small sweep, its verdict, and its page.
DEMO = output/runs/sparsity-small
demo: release
	build/release/netcvr sweep run scenarios/sweeps/sparsity-small.toml -o $(DEMO) --force
	build/release/netcvr report $(DEMO)
	build/release/netcvr report $(DEMO) --force -o $(DEMO)/report.html

test: release
	ctest --preset release

release: packages
	cmake --preset release
	cmake --build --preset release

# Debug, address and undefined-behaviour sanitizers, fast tests.
dev: packages
	cmake --workflow --preset dev

# PyTorch, and the OpenBLAS that shares its threads, are what training is compared with.
bench: release
	$(MAKE) packages PACKAGES="python3-torch libopenblas0-openmp"
	build/release/bench

# Installs only what is missing, so that it costs nothing the second time and works offline.
packages:
	@missing=""; for p in $(PACKAGES); do dpkg -s $$p >/dev/null 2>&1 || missing="$$missing $$p"; done; \
	if [ -n "$$missing" ]; then echo "installing:$$missing"; $(SUDO) apt-get update -qq && \
	DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -qq --no-install-recommends $$missing; fi

lint: release
	$(MAKE) packages PACKAGES="$(LINT_PACKAGES)"
	clang-format --dry-run --Werror $(SOURCES)
	cmake --preset dev
	run-clang-tidy -quiet -p build/dev "^$(CURDIR)/(sim|estimators|output|scenarios|tests)/"

format:
	$(MAKE) packages PACKAGES="clang-format"
	clang-format -i $(SOURCES)
