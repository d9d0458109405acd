# The user's door; Meson does the work. `make help` lists what there is.

# A current Node.js that tools/setup.sh may have brought goes before the system's.
export PATH := $(CURDIR)/.node/bin:$(PATH)

.DEFAULT_GOAL := build
.PHONY: help run test build mpi web accuracy bench bench-train train-phantoms bench-server bench-web screenshots fuzz format docs check install clean setup-run setup-test setup-dev setup-mpi

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: setup-run build/build.ninja ## install what is missing, build, and serve http://127.0.0.1:8000
	@ninja -C build perxeptron
	@$(MAKE) --no-print-directory web
	@exec build/perxeptron serve

test: setup-test build/build.ninja ## install what is missing, build, and run every test
	@ninja -C build
	@$(MAKE) --no-print-directory web
	@tools/run_tests.sh build

build: build/build.ninja ## compile; the program is build/perxeptron
	@ninja -C build

build/build.ninja:
	@meson setup build

mpi: setup-mpi ## compile for training on several machines; the program is build-mpi/perxeptron
	@[ -f build-mpi/build.ninja ] || meson setup build-mpi -Dmpi=true
	@ninja -C build-mpi perxeptron

# Whole or not at all: finish.mjs is the last to write.
web: build/web/finished ## build the web app into build/web
	@:
web_sources := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/.angular/*' \
	-not -path web/src/app/api/schema.d.ts -not -path web/src/app/shared/icons.ts)
build/web/finished: $(web_sources) src/server/api/openapi.json
	@npm run --silent --prefix web build

accuracy: setup-test build ## compare the networks with double precision and ONNX Runtime: FOLDER=images, else phantoms
	@node bench/accuracy.mjs $(if $(FOLDER),--images $(FOLDER))

bench: build ## measure speed: the networks against ONNX Runtime, training against PyTorch, the server under load, the web app
	@bench/run.sh
	@$(MAKE) --no-print-directory bench-train bench-server bench-web

bench-train: build ## measure training alone; node bench/training.mjs takes options
	@node bench/training.mjs

train-phantoms: build ## a DenseNet-121 learns the findings of phantoms, in minutes
	@bench/train_phantoms.sh

bench-server: build ## measure the server alone; node bench/server_load.mjs takes options
	@node bench/server_load.mjs

bench-web: build web ## measure what a browser makes of the web app's pages
	@node bench/web_pages.mjs

screenshots: setup-test build/build.ninja ## pictures of every page, in three sizes, into build/screenshots
	@ninja -C build perxeptron
	@$(MAKE) --no-print-directory web
	@rm -rf build/screenshots
	@SCREENSHOTS=$(CURDIR)/build/screenshots ENSEMBLE=$(CURDIR)/models/default/ensemble.json PERXEPTRON=$(CURDIR)/build/perxeptron \
		node --test tests/web/every_page.test.mjs

fuzz: setup-dev ## run every fuzz target for FUZZ_SECONDS (60) each
	@fuzz/run.sh build-fuzz

format: setup-dev ## format all C files with clang-format 14
	@git ls-files '*.[ch]' | xargs clang-format --style=file -i

docs: build ## write the tables of settings and keys into docs/configuration.md and docs/train.md
	@tools/write_configuration.sh build/perxeptron

check: ## check the rules of the source tree
	@tools/check_source.pl .

install: build ## put program, library, header, manual and completion in place (PREFIX, DESTDIR)
	@meson configure build --prefix=$(or $(PREFIX),/usr/local)
	@meson install -C build

clean: ## remove what the build made; what the server keeps in data/ stays
	@rm -rf build build-*

setup-run:
	@tools/setup.sh run

setup-test:
	@tools/setup.sh test

setup-dev:
	@tools/setup.sh dev

setup-mpi:
	@tools/setup.sh mpi
