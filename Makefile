# make            build the program: build/cmq-emulator
# make run        install what is missing, build, start
# make test       install what is missing, build, run the tests of the C code
# make asan       the same tests under the address and undefined-behaviour sanitizers
# make lint       formatting, clang-tidy, warnings of gcc and clang as errors
# make clients    real CMQ clients against the program (needs package indexes)
# make tour       the calls by curl, with their answers
# make bench      figures, beside a handler that answers a constant
# make format     format the C code
# make install    PREFIX (/usr/local) and DESTDIR are respected
# make clean      remove build/

CC ?= cc
CFLAGS ?= -O2 -g
PREFIX ?= /usr/local
BUILD ?= build

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	-Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wcast-qual -Wcast-align \
	-Wwrite-strings -Wformat=2 -Wundef -Wvla -Wswitch-enum -Wimplicit-fallthrough
ifdef CI
WARNINGS += -Werror
endif
COMPILE = $(CC) -std=c11 -D_GNU_SOURCE $(WARNINGS) $(CPPFLAGS) $(CFLAGS) -Iemulator -I. -MMD -MP -c
SANITIZE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

objects = $(patsubst %.c,$(BUILD)/%.o,$(wildcard $(1)))
ENGINE := $(call objects,emulator/engine/*.c) $(patsubst %,$(BUILD)/emulator/base/%.o,allocator order table wheel)
PARTS := $(call objects,emulator/base/*.c emulator/engine/*.c emulator/operations/*.c emulator/api/*.c emulator/api/*/*.c emulator/namespace/*.c emulator/admin/*.c emulator/service/*.c emulator/server/*.c)
UNIT := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/unit/test_*.c))
SUPPORT := $(call objects,tests/support/*.c)
CONVERSE := $(BUILD)/tests/conversations/converse
BENCH := $(BUILD)/tests/bench/load $(BUILD)/tests/bench/constant $(BUILD)/tests/bench/engine
SOURCES := $(wildcard emulator/*.[ch] emulator/*/*.[ch] emulator/*/*/*.[ch] tests/*/*.[ch])

.PHONY: all run test check check-objects asan lint clients tour bench format install clean
.SECONDARY:
all: $(BUILD)/cmq-emulator

$(BUILD)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(COMPILE) $< -o $@

$(BUILD)/cmq-emulator: $(BUILD)/emulator/main.o $(PARTS)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ -lmicrohttpd -lcurl -lcjson -lnettle -lm -o $@

$(UNIT): %: %.o $(SUPPORT) $(PARTS)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ -lcmocka -lmicrohttpd -lcurl -lcjson -lnettle -lm -o $@

$(CONVERSE): %: %.o $(SUPPORT) $(PARTS)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ -lcmocka -lmicrohttpd -lcurl -lcjson -lnettle -lm -o $@

$(BENCH): %: %.o $(PARTS)
	$(CC) $(CFLAGS) $(LDFLAGS) $^ -lmicrohttpd -lcurl -lcjson -lnettle -lm -o $@

run:
	@scripts/setup build
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@exec $(BUILD)/cmq-emulator

test:
	@scripts/setup test
	@$(MAKE) --no-print-directory -j$$(nproc) check

check-objects: $(patsubst %.c,$(BUILD)/%.o,$(filter %.c,$(SOURCES)))

check: $(BUILD)/cmq-emulator $(UNIT) $(CONVERSE)
	@BUILD=$(BUILD) ENGINE="$(ENGINE)" scripts/run-tests $(UNIT)

asan:
	@scripts/setup test
	@$(MAKE) --no-print-directory -j$$(nproc) BUILD=build/asan CFLAGS="$(SANITIZE)" check

lint:
	@scripts/setup lint
	@scripts/lint "$(SOURCES)"

clients:
	@scripts/setup clients
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@BUILD=$(BUILD) tests/clients/run

tour:
	@scripts/setup clients
	@$(MAKE) --no-print-directory -j$$(nproc) all
	@BUILD=$(BUILD) scripts/tour

bench:
	@scripts/setup build
	@$(MAKE) --no-print-directory -j$$(nproc) all $(BENCH)
	@BUILD=$(BUILD) tests/bench/run

format:
	@scripts/setup lint
	clang-format -i $(SOURCES)

install: all
	install -D -m 755 $(BUILD)/cmq-emulator $(DESTDIR)$(PREFIX)/bin/cmq-emulator

clean:
	rm -rf build

-include $(patsubst %.c,$(BUILD)/%.d,$(wildcard emulator/*.c emulator/*/*.c emulator/*/*/*.c tests/*/*.c))
