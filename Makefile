# Everything from a fresh clone: `make demo`, `make test`. See `make help`.

VENV ?= .venv
PYTHON ?= $(firstword $(foreach p,python3.11 python3 python3.12,$(if $(shell $(p) -c \
    'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo yes),$(p))))
BIN := $(VENV)/bin
DEMO_OUT ?= out/demo
WHEEL_OUT ?= out/wheel
PYTEST_OPTIONS ?=

.DEFAULT_GOAL := help
.PHONY: help venv demo test check-full lint wheel bench system-libraries

help:
	@echo "make demo        set up $(VENV) and analyse the sample interview into $(DEMO_OUT)"
	@echo "make test        set up $(VENV) and run the tests"
	@echo "make check-full  the tests with every extra and the real data, where it is present"
	@echo "make lint        ruff and mypy"
	@echo "make wheel       build the wheel, install it elsewhere, analyse the sample with it"
	@echo "make bench       speed and memory, as ratios"
	@echo "make venv        set up $(VENV) only"

venv: $(VENV)/.installed

# The stamp names what was installed: a second call does nothing until one of these files changes.
$(VENV)/.installed: setup.cfg pyproject.toml constraints.txt
	@test -n "$(PYTHON)" || { \
	  echo "hirenet-sales needs Python 3.11 or newer: none of python3.11, python3, python3.12 is."; \
	  echo "Install it (Debian: apt-get install python3.11 python3.11-venv), or give PYTHON=..."; \
	  exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || { \
	  echo "No virtual environment could be made with $(PYTHON)."; \
	  echo "On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Installing into $(VENV); the first time this takes some minutes."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable '.[offline-speech,test]'
	@touch $@

# Checked before the long installation. MediaPipe loads both at run time; pip cannot bring them.
system-libraries:
	@for library in libEGL.so.1 libGLESv2.so.2; do \
	  $(PYTHON) -c "import ctypes; ctypes.CDLL('$$library')" 2>/dev/null || { \
	    echo "The system library $$library is missing; the face tracker needs it."; \
	    echo "On Debian and Ubuntu: apt-get install libegl1 libgles2"; exit 1; }; \
	done

demo: system-libraries venv
	$(BIN)/hirenet-sales analyze hirenet_sales/sample/interview.yaml --out $(DEMO_OUT)
	@echo
	@echo "Report: $(abspath $(DEMO_OUT))/report.html"

test: system-libraries venv
	@$(BIN)/python -m pytest -m 'not slow' -n 2 --dist loadfile $(PYTEST_OPTIONS)

check-full: system-libraries venv $(VENV)/.installed-full
	$(BIN)/python -m pytest --durations=10

$(VENV)/.installed-dev: $(VENV)/.installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(VENV)/.installed-full: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable '.[offline-speech,dev,keras,openai-whisper]'
	@touch $@

lint: venv $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The second environment has the wheel of its own and borrows the libraries of the first, but not
# this checkout: the first one's .pth files are not read.
wheel: system-libraries venv $(VENV)/.installed-dev
	@rm -rf $(WHEEL_OUT) && mkdir -p $(WHEEL_OUT)
	$(BIN)/python -m build --no-isolation --outdir $(WHEEL_OUT)/dist . >$(WHEEL_OUT)/build.log
	$(PYTHON) -m venv $(WHEEL_OUT)/venv
	$(WHEEL_OUT)/venv/bin/pip install --quiet --disable-pip-version-check --no-deps --no-index \
	  $(WHEEL_OUT)/dist/*.whl
	@libraries=$$($(BIN)/python -c "import sysconfig; print(sysconfig.get_path('purelib'))"); \
	  echo "$$libraries" >$$(echo $(WHEEL_OUT)/venv/lib/python3*/site-packages)/libraries.pth
	cd $(WHEEL_OUT) && unset PYTHONPATH && venv/bin/hirenet-sales doctor && \
	  sample=$$(venv/bin/python -c 'import hirenet_sales as h; print(*h.__path__)')/sample && \
	  case $$sample in */site-packages/*) ;; *) echo "$$sample is no wheel's"; exit 1;; esac && \
	  venv/bin/hirenet-sales analyze $$sample/interview.yaml --out results

bench: system-libraries venv
	$(BIN)/python -m tests.bench
