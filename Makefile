# make            build the program: build/cmq-emulator
# make run        install what is missing, build, start; ARGS="--port 9300" are its options
# make test       install what is missing, build, run the tests of the C code
# make asan       the same tests under the address and undefined-behaviour sanitizers
# make failing    each request for memory, and each call of the system, fails in turn
# make lint       formatting, clang-tidy, warnings of all gcc and clang that are here as errors, mandoc
# make variants   the tests by clang, with unsigned chars, and on 32 bits
# make clients    real CMQ clients against the program (needs package indexes)
# make browser    in Chromium: pages of other origins, the dashboard (needs the index of npm)
# make torture    hostile and heavy clients against the program; ONLY=WORD for some of them
# make fuzz       libFuzzer's targets for SECONDS=60 in all; ONLY=NAME for one of them
# make fuzz-replay   the same targets by this compiler, with all inputs that are kept
# make complexity  what each call costs, counted: no more than in proportion to its size
# make soak       a mixed load for MINUTES=30, and what must not grow meanwhile
# make image      the image cmq-emulator, built by docker, podman or buildah, and its tests
# make tour       the calls by curl, with their answers
# make picture    the terminal session in README.md, from a real one
# make screenshot the dashboard in README.md, by its own test
# make bench      figures, beside a handler that answers a constant
# make crossing   how many functions and files a request runs through
# make mutate     which mistakes the tests notice; ONLY=WORD for some of them
# make format     format the C code
# make compile_commands.json   how each file is compiled, for editors
# make deb        the Debian package, build/deb/cmq-emulator_VERSION_ARCH.deb
# make portable   one file for any Linux, build/portable/cmq-emulator, and its tests (needs root); ARCH=arm64
# make fresh      the quick starts of README.md in fresh trees of Debian (needs root)
# make install    into DESTDIR and PREFIX (/usr/local), with bindir, mandir and others; install-strip
# make uninstall  removes that
# make check-install   what is installed: manual page, completions in the shells, unit, documents, archive
# make dist       the sources of HEAD: build/cmq-emulator-VERSION.tar.gz
# make clean      remove build/
#
# V=1 shows the commands. CC, CPPFLAGS, CFLAGS, LDFLAGS and BUILD (the folder build) are respected.
# NATIVE=FILE is a cmq-emulator that runs here: what is installed of another machine's is printed by it.
# STATIC=FOLDER links the libraries of FOLDER, from scripts/static-libraries, rather than the system's.

CC ?= cc
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BUILD ?= build
PKG_CONFIG ?= pkg-config

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wcast-align \
	-Wwrite-strings -Wformat=2 -Wundef -Wvla -Wswitch-enum -Wimplicit-fallthrough
ifdef CI
WARNINGS += -Werror
endif
# By clang. Comparisons are not traced, which takes half of the time: the dictionaries have the words.
FUZZING := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all \
	-fno-sanitize-coverage=trace-cmp
COUNTING := -O1 -g -fsanitize-coverage=trace-pc
SANITIZE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# Instants reach the year 9999, also where time_t has 32 bits unless one asks for more.
FEATURES := -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64

# What nobody calls is left out of the program.
ifdef STATIC
MADE_OF := $(STATIC)/share/static-libraries
$(if $(wildcard $(MADE_OF)),,$(error make it first: scripts/static-libraries $(STATIC)))
PKG_CONFIG := PKG_CONFIG_PATH=$(abspath $(STATIC))/lib/pkgconfig $(PKG_CONFIG) --static
override LDFLAGS += -Wl,--as-needed,--gc-sections
endif

# Without pkg-config the libraries are where the compiler looks anyway. cJSON's own flags lead
# into cjson/, while <cjson/cJSON.h> is what is included. Warnings about their macros are not ours.
packages := libmicrohttpd libcurl libcjson nettle gnutls
ask = $(shell $(PKG_CONFIG) $(1) 2>/dev/null)
INCLUDES := -Iemulator -I. -I$(BUILD)/emulator \
	$(patsubst -I%,-isystem %,$(patsubst %/cjson,%,$(call ask,--cflags $(packages))))
LIBS := $(or $(call ask,--libs $(packages)),-lmicrohttpd -lcurl -lcjson -lnettle -lgnutls) -lm
COMPILE = $(CC) -std=c11 $(FEATURES) $(DEFINES) $(WARNINGS) $(CPPFLAGS) $(CFLAGS) $(INCLUDES)

objects = $(patsubst %.c,$(BUILD)/%.o,$(1))
PRELOADED := tests/failing/preload/broken.c
C := $(filter-out $(PRELOADED),$(wildcard emulator/*.c emulator/*/*.c emulator/*/*/*.c tests/*/*.c tests/*/*/*.c))
SOURCES := $(C) $(PRELOADED) $(wildcard emulator/*.h emulator/*/*.h emulator/*/*/*.h tests/*/*.h tests/*/*/*.h)
ENGINE := $(call objects,$(filter emulator/engine/%,$(C)))
BASE := $(call objects,$(filter emulator/base/%,$(C)))
PROGRAM := $(BUILD)/cmq-emulator
TESTS := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/*/test_*.c))
FAILING := $(filter $(BUILD)/tests/failing/%,$(TESTS))
CONVERSE := $(BUILD)/tests/conversations/converse
CROSSING := $(BUILD)/tests/bench/crossing
BENCH := $(filter-out $(CROSSING),$(patsubst %.c,$(BUILD)/%,$(wildcard tests/bench/*.c)))
COMPLEXITY := $(BUILD)/tests/torture/complexity/runner
PARTS := $(BUILD)/parts.a
SUPPORT := $(BUILD)/support.a
FUZZ := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
REPLAYS := $(FUZZ:%=$(BUILD)/tests/fuzz/replay_%)
FUZZERS := $(FUZZ:%=$(BUILD)/tests/fuzz/fuzz_%)
FUZZ_SUPPORT := $(BUILD)/fuzz.a

# Where scripts/install puts things: as the GNU coding standards name it, and where shells and systemd
# look.
INSTALL ?= install
prefix = $(PREFIX)
exec_prefix = $(prefix)
bindir = $(exec_prefix)/bin
datarootdir = $(prefix)/share
datadir = $(datarootdir)
mandir = $(datarootdir)/man
docdir = $(datarootdir)/doc/cmq-emulator
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
fishcompletiondir = $(datadir)/fish/vendor_completions.d
systemduserunitdir = $(prefix)/lib/systemd/user
places = $(foreach name,BUILD DESTDIR INSTALL INSTALL_PROGRAM NATIVE bindir mandir docdir \
	bashcompletiondir zshcompletiondir fishcompletiondir systemduserunitdir, \
	$(name)='$(subst ','\'',$($(name)))')

Q := $(if $(filter 1,$(V)),,@)
say = @$(if $(Q),echo "$(1)",:)
# Install what is missing for $(1), and make $(2).
prepare = @scripts/setup $(1) && $(MAKE) --no-print-directory -j$$(nproc) $(2)

.PHONY: all run test check check-objects asan failing lint variants clients browser torture complexity fuzz fuzz-replay soak image portable fresh tour \
	picture screenshot bench crossing mutate format install install-strip uninstall \
	check-install dist deb clean compile_commands.json always
.DELETE_ON_ERROR:
.SECONDARY:
all: $(PROGRAM)

$(BUILD)/%.o: %.c Makefile $(MADE_OF)
	$(call say,CC $<)
	$(Q)mkdir -p $(@D) && $(COMPILE) -MMD -MP -c $< -o $@ || \
	    { scripts/setup --tell build; exit 1; }

# The commit and its date go into version.o alone, which is compiled anew when the commit is another
# one. Where git does not answer, such as to another user, it is still the one that was built.
VERSION := $(BUILD)/emulator/base/version.o
known := $(shell scripts/commit 2>/dev/null || cat $(BUILD)/commit 2>/dev/null)
COMMIT := $(word 1,$(known))
DATE := $(or $(SOURCE_DATE_EPOCH),$(word 2,$(known)))
$(VERSION): DEFINES := $(if $(COMMIT),-DCMQ_COMMIT='"$(COMMIT)"') $(if $(DATE),-DCMQ_DATE=$(DATE))
$(VERSION): $(BUILD)/commit
$(BUILD)/commit: always
	@mkdir -p $(@D); echo '$(COMMIT) $(DATE)' | cmp -s - $@ || echo '$(COMMIT) $(DATE)' >$@

# The text of the manual page, as strings.
$(BUILD)/emulator/server/manual.o: $(BUILD)/emulator/server/manual.inc
$(BUILD)/emulator/server/manual.inc: emulator/doc/cmq-emulator.mdoc
	@mkdir -p $(@D) && sed 's/[\\"]/\\&/g; s/.*/"&",/' $< >$@

# The files of the dashboard, as arrays: anew when one of them has changed, come or gone.
DASHBOARD := $(sort $(wildcard $(addprefix emulator/admin/dashboard/*.,html css js svg png)))
$(BUILD)/emulator/admin/asset.o: $(BUILD)/emulator/admin/assets.inc
$(BUILD)/emulator/admin/assets.inc: scripts/embed $(DASHBOARD) $(BUILD)/dashboard
	$(call say,EMBED $(BUILD)/emulator/admin/assets.inc)
	$(Q)mkdir -p $(@D) && scripts/embed $(DASHBOARD) >$@
$(BUILD)/dashboard: always
	@mkdir -p $(@D); echo '$(DASHBOARD)' | cmp -s - $@ || echo '$(DASHBOARD)' >$@

# cmocka 2 deprecates what cmocka 1 alone has.
$(call objects,$(filter tests/%,$(C))): DEFINES := -DCMOCKA_DISABLE_DEPRECATION_WARNINGS

# q rather than r: files of one name in two folders both belong in it.
$(PARTS): $(call objects,$(filter-out emulator/main.c,$(filter emulator/%,$(C))))
$(SUPPORT): $(filter-out $(TESTS:=.o),$(call objects,$(filter tests/support/% tests/simulation/% tests/failing/%,$(C))))
$(FUZZ_SUPPORT): $(call objects,$(filter-out tests/fuzz/fuzz_% %/replay.c,$(filter tests/fuzz/%,$(C))))
%.a:
	$(call say,AR $@)
	$(Q)rm -f $@ && $(AR) qcs $@ $^

$(PROGRAM): $(BUILD)/emulator/main.o $(PARTS)
$(CONVERSE): %: %.o $(FUZZ_SUPPORT) $(SUPPORT) $(PARTS)
$(TESTS) $(CROSSING): %: %.o $(SUPPORT) $(PARTS)
$(TESTS) $(CONVERSE) $(CROSSING): LIBS += $(or $(call ask,--libs cmocka),-lcmocka)
$(BENCH): %: %.o $(PARTS)
$(REPLAYS): $(BUILD)/tests/fuzz/replay_%: $(BUILD)/tests/fuzz/fuzz_%.o $(BUILD)/tests/fuzz/replay.o
$(FUZZERS): %: %.o
$(FUZZERS): LDFLAGS += -fsanitize=fuzzer
$(REPLAYS) $(FUZZERS): $(FUZZ_SUPPORT) $(SUPPORT) $(PARTS)
# There the C library's memory is scarce on demand (tests/failing/scarce.h), or calls of the system
# fail.
comma := ,
wrap = $(addprefix -Wl$(comma)--wrap=,$(1))
$(filter $(BUILD)/tests/failing/test_memory_%,$(FAILING)): private override LDFLAGS += \
	$(call wrap,malloc calloc realloc free strdup strndup)
$(BUILD)/tests/failing/test_calls_program: | $(BUILD)/tests/failing/broken.so
$(BUILD)/tests/failing/test_calls_acceptor: private override LDFLAGS += $(call wrap,accept4 epoll_ctl)
$(BUILD)/tests/failing/test_memory_pushes: private override LDFLAGS += $(call wrap,epoll_ctl)
$(BUILD)/tests/failing/broken.so: $(PRELOADED) tests/failing/broken.h
	$(call say,LD $@)
	$(Q)mkdir -p $(@D) && $(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra $(CPPFLAGS) \
	    $(filter-out -fsanitize%,$(CFLAGS)) -I. -fPIC -shared $< -ldl -o $@
$(PROGRAM) $(TESTS) $(CONVERSE) $(CROSSING) $(BENCH) $(REPLAYS) $(FUZZERS): $(MADE_OF)
	$(call say,LD $@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $(filter %.o %.a,$^) $(LIBS) -o $@

# What counts the steps is not counted, and takes the place of what is in the libraries.
STEPS := $(COMPLEXITY:runner=steps).o
$(STEPS): override CFLAGS := $(filter-out -fsanitize-coverage=%,$(CFLAGS)) -fno-builtin
$(COMPLEXITY): %: %.o $(STEPS) $(PARTS)
	$(call say,LD $@)
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) $$(sed -n 's/^PLACE([^,]*, \([a-z0-9A-Z_]*\),.*/-Wl,--wrap=\1/p' \
	    tests/torture/complexity/steps.c) $^ $(LIBS) -o $@

run:
	$(call prepare,build,all)
	@exec $(PROGRAM) $(ARGS)

test:
	$(call prepare,test,check)

check: $(PROGRAM) $(TESTS) $(CONVERSE)
	@BUILD=$(BUILD) ENGINE="$(ENGINE)" BASE="$(BASE)" scripts/run-tests $(TESTS)

check-objects: $(call objects,$(C))

asan:
	$(call prepare,test,BUILD=build/asan CFLAGS="$(SANITIZE)" check)

failing:
	$(call prepare,test,$(PROGRAM) $(FAILING))
	@for test in $(FAILING); do BUILD=$(BUILD) FAILING=all $$test || exit; done

lint:
	@scripts/setup lint
	@scripts/lint "$(SOURCES)"

variants:
	@scripts/setup test
	@BUILD=$(BUILD) scripts/variants

clients:
	$(call prepare,clients,all)
	@BUILD=$(BUILD) tests/clients/run

browser:
	$(call prepare,browser,all)
	@BUILD=$(BUILD) tests/browser/run

torture:
	$(call prepare,torture,all)
	@BUILD=$(BUILD) tests/torture/run $(if $(ONLY),"$(ONLY)")

fuzz:
	$(call prepare,fuzz,CC=clang BUILD=build/fuzz CFLAGS="$(FUZZING)" fuzzers)
	@tests/fuzz/run $(or $(SECONDS),60) $(or $(ONLY),$(FUZZ))

fuzz-replay:
	$(call prepare,test,BUILD=build/asan CFLAGS="$(SANITIZE)" replays)
	@BUILD=build/asan tests/fuzz/replay $(FUZZ)

.PHONY: fuzzers replays
fuzzers: $(FUZZERS) $(CONVERSE)
replays: $(REPLAYS) $(CONVERSE)

complexity:
	$(call prepare,complexity,BUILD=$(BUILD)/complexity CFLAGS="$(COUNTING)" $(BUILD)/complexity/tests/torture/complexity/runner)
	@BUILD=$(BUILD) tests/torture/complexity/run

soak:
	$(call prepare,torture,all)
	@BUILD=$(BUILD) tests/torture/run --soak "$(or $(MINUTES),30)"

image:
	@scripts/setup image
	@scripts/docker-engine sh -c 'scripts/image $(if $(CI),--twice) && tests/image/run'

tour:
	$(call prepare,clients,all)
	@BUILD=$(BUILD) scripts/tour

picture:
	$(call prepare,picture,all)
	@BUILD=$(BUILD) scripts/picture

screenshot:
	$(call prepare,browser,all)
	@BUILD=$(BUILD) UPDATE=1 tests/browser/dashboard/run picture

bench:
	$(call prepare,build,all $(BENCH))
	@BUILD=$(BUILD) tests/bench/run

crossing:
	@scripts/setup test
	@tests/bench/crossing

mutate:
	@scripts/setup test
	@scripts/mutate "$(ONLY)"

format:
	@scripts/setup lint
	clang-format -i $(SOURCES)

compile_commands.json:
	@printf '%s\n' $(C) | COMMAND='$(COMPILE)' awk -v dir='$(CURDIR)' '\
	    BEGIN { command = ENVIRON["COMMAND"]; gsub(/["\\]/, "\\\\&", command) } \
	    { printf "%s\n{\"directory\": \"%s\", \"file\": \"%s\", \"command\": \"%s -c %s\"}", \
	          (NR == 1 ? "[" : ","), dir, $$0, command, $$0 } \
	    END { print "\n]" }' >$@

install: all
	@$(places) scripts/install put

install-strip:
	@$(MAKE) --no-print-directory INSTALL_PROGRAM='$(INSTALL) -s' install

uninstall:
	@$(places) scripts/install remove

check-install:
	$(call prepare,install,all)
	@BUILD=$(BUILD) tests/install/run

dist:
	@BUILD=$(BUILD) scripts/dist

deb:
	@scripts/setup deb
	@BUILD=$(BUILD) scripts/deb

portable:
	@scripts/setup portable
	@BUILD=$(BUILD) scripts/portable $(ARCH)

fresh:
	@scripts/setup fresh
	@BUILD=$(BUILD) scripts/fresh

clean:
	rm -rf build compile_commands.json

-include $(patsubst %.o,%.d,$(call objects,$(C)))
