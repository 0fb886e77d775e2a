"""What bash, zsh and fish complete behind `cmq-emulator`, in the shells themselves.

usage: shells.py PREFIX

The completions are those below PREFIX/share, found as each shell finds them, and what --completion prints, read
as users read it. bash and zsh run on a terminal of their own: a case types a line, lets the shell insert all that
it offers, and has the line written into a pipe. fish tells what it offers by a command.

Prints what is wrong, a line for each way, and at the end `N passed, M failed`.
"""
import fcntl
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

PATIENCE_S = 20  # for a shell to begin, and for each line
PIPE = 7  # the descriptor on which a shell tells its line
WIDTH = 200  # of the terminal: room for descriptions

PROMPT = b"ready: "
CLEAR, ALL, LIST, TELL = b"\x01\x0b", b"\x1b*", b"\x04", b"\x18d"  # keys, as set up below

BASH = r"""
PS1='ready: ' HISTFILE=
bind 'set bell-style none'
bind '"\e*": insert-completions'
bind -x '"\C-xd": printf "%s\n" "$READLINE_LINE" >&7'
"""
ZSH = r"""
PS1='ready: '
unsetopt list_beep
autoload -Uz compinit && compinit -u -D
zstyle ':completion:*' format 'wanted: %d'
offer_all() { _main_complete; compstate[insert]=all compstate[list]= }
zle -C offer_all complete-word offer_all
bindkey '\e*' offer_all
tell() { print -r -u 7 -- "$BUFFER" }
zle -N tell
bindkey '^Xd' tell
"""


class Terminal:
    """An interactive shell on a terminal of its own, in a folder."""

    def __init__(self, command, folder, environment):
        self.pipe, told = os.pipe()
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.dup2(told, PIPE)
            os.chdir(folder)
            os.execvpe(command[0], command, environment)
        os.close(told)
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, WIDTH, 0, 0))
        self.told, self.shown = b"", b""
        self.wait(lambda: PROMPT in self.shown)

    def wait(self, condition):
        """Read what it tells and shows, until that is enough."""
        end = time.monotonic() + PATIENCE_S
        while not condition():
            ready, _, _ = select.select([self.pipe, self.terminal], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise TimeoutError("the shell shows no more than %r" % self.shown[-500:])
            if self.pipe in ready:
                self.told += os.read(self.pipe, 4096)
            if self.terminal in ready:
                self.shown += os.read(self.terminal, 4096)

    def line(self, keys):
        """Type keys into an empty line; the line that the shell has then."""
        self.told = b""
        os.write(self.terminal, CLEAR + keys + TELL)
        self.wait(lambda: self.told.endswith(b"\n"))
        return self.told.decode().rstrip("\n")

    def shows(self, keys, text):
        """Type keys into an empty line, and wait for a text."""
        self.shown = b""
        os.write(self.terminal, CLEAR + keys)
        self.wait(lambda: text in self.shown)

    def close(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self.terminal)
        os.close(self.pipe)


class Interactive:
    """What a shell on a terminal offers."""

    def __init__(self, terminal):
        self.terminal = terminal
        self.close = terminal.close

    def offers(self, typed):
        """The words that take the place of the last one typed; none when that stays as it is."""
        line = self.terminal.line(b"cmq-emulator " + typed.encode() + ALL)
        words = re.findall(r"(?:\\.|[^ \\])+", line)[1:]
        *before, last = typed.split(" ")
        offered = [word.replace("\\", "") for word in words[len(before):]]
        return [] if offered == [last] else offered


class Bash(Interactive):
    name = "bash"

    def __init__(self, place, setup):
        path = os.path.join(place.home, ".bashrc")
        with open(path, "w") as file:
            file.write(BASH + setup)
        command = ["bash", "--noprofile", "--rcfile", path, "-i"]
        super().__init__(Terminal(command, place.folder, place.environment))

    def offers(self, typed):
        """With "=" between words, the name of the option is not repeated."""
        offered = super().offers(typed)
        option = re.match(r"--[a-z-]+=", typed.split(" ")[-1])
        if option is None or not offered or not offered[0].startswith(option.group()):
            return offered
        return [word if word.startswith(option.group()) else option.group() + word for word in offered]


class Zsh(Interactive):
    name = "zsh"

    def __init__(self, place, before, behind):
        with open(os.path.join(place.home, ".zshrc"), "w") as file:
            file.write(before + ZSH + behind)
        super().__init__(Terminal(["zsh", "-d", "-i"], place.folder, place.environment))


class Fish:
    name = "fish"

    def __init__(self, place, setup):
        self.place, self.setup = place, setup

    def offers(self, typed):
        """Fish 4 adds words in which the letters occur somewhere; those that begin with them come first."""
        command = self.setup + "complete -C 'cmq-emulator %s'" % typed
        told = subprocess.run(["fish", "-c", command], cwd=self.place.folder, env=self.place.environment,
                              check=True, stdout=subprocess.PIPE, universal_newlines=True).stdout
        words = [line.split("\t")[0] for line in told.splitlines()]
        return [word for word in words if word.startswith(typed.split(" ")[-1])]

    def close(self):
        pass


class Place:
    """A folder with files, a home, and an environment in which the program is installed."""

    def __init__(self, prefix):
        self.root = tempfile.mkdtemp()
        self.folder, self.home = os.path.join(self.root, "folder"), os.path.join(self.root, "home")
        os.makedirs(self.home)
        os.makedirs(os.path.join(self.folder, "certificates"))
        for name in ("ca.pem", "my queues.json"):
            open(os.path.join(self.folder, name), "w").close()
        self.environment = {
            "PATH": prefix + "/bin:" + os.environ["PATH"],
            "HOME": self.home,
            "ZDOTDIR": self.home,
            "TERM": "dumb",
            "LC_ALL": "C.UTF-8",
        }

    def installed(self, prefix):
        self.environment["XDG_DATA_DIRS"] = prefix + "/share:/usr/share"
        return self

    def remove(self):
        shutil.rmtree(self.root)


# What is typed, and what is offered for its last word; for some shells something else.
FILES = ["ca.pem", "certificates", "my queues.json"]
CASES = [
    ("--li", ["--limits", "--listen"], {}),
    ("--po", ["--poll-time", "--port", "--port-file"], {}),
    ("--exit-on-eof --li", ["--limits", "--listen"], {}),
    ("--seed 1 --li", ["--limits", "--listen"], {}),
    ("--log=off --li", ["--limits", "--listen"], {}),
    ("--log ", ["json", "off", "text"], {}),
    ("--log j", ["json"], {}),
    ("--log=", ["--log=json", "--log=off", "--log=text"], {}),
    ("--log=j", ["--log=json"], {}),
    ("--errors=", ["--errors=documented", "--errors=gateway"], {}),
    ("--completion ", ["bash", "fish", "zsh"], {}),
    ("--exit-on-eof=", ["--exit-on-eof=off", "--exit-on-eof=on"], {"fish": []}),  # it knows no such options
    ("--config ", FILES, {}),
    ("--config=", ["--config=" + name for name in FILES], {}),
    ("--config=my", ["--config=my queues.json"], {}),
    ("--tls-cert c", ["ca.pem", "certificates"], {}),
    ("--tls-self-signed ", ["certificates"], {}),
    ("--tls-self-signed=c", ["--tls-self-signed=certificates"], {}),
    ("--port ", [], {}),
    ("-p ", [], {}),
    ("--listen=", [], {}),
    ("--credential ", [], {}),
    ("--wrong=", [], {}),
    ("ca", [], {}),
]


def options_of(prefix):
    told = subprocess.run([prefix + "/bin/cmq-emulator", "--help"], check=True, stdout=subprocess.PIPE,
                          universal_newlines=True).stdout
    return sorted(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", told, re.M))


def plain(words):
    """Without the "/" of a folder, and the "=" that zsh puts behind an option."""
    return sorted(word.rstrip("=/") for word in words)


class Results:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, way, typed, offered, expected):
        if offered == expected:
            self.passed += 1
            return
        self.failed += 1
        print("%s: behind '%s' it offers %s instead of %s" % (way, typed, offered, expected))

    def run(self, way, shell, options):
        before = self.failed
        for typed, offered, other in CASES:
            self.check(way, typed, plain(shell.offers(typed)), other.get(shell.name, offered))
        self.check(way, "-", [word for word in plain(shell.offers("-")) if word.startswith("--")], options)
        shell.close()
        print("%s  %s" % ("ok    " if self.failed == before else "FAILED", way))


def descriptions_of_zsh(results, place):
    """They have characters that are special to it, and the last is what may stand in a value's place."""
    shell = Zsh(place, "", "source <(cmq-emulator --completion zsh)\n")
    for typed, text in (("--heal", "ask a running emulator whether it is ready: exit code 0 or 1"),
                        ("--max-h", "replaces every queue's maxMsgHeapNum; 0: does not"),
                        ("--credential ", "wanted: ID:KEY[:TOKEN][@NAMESPACE]")):
        shell.terminal.shows(b"cmq-emulator " + typed.encode() + LIST, text.encode())
        results.passed += 1
    shell.close()
    print("ok      zsh, descriptions")


def main():
    prefix = os.path.abspath(sys.argv[1])
    results, place, options = Results(), Place(prefix), options_of(prefix)
    bash, zsh = "source <(cmq-emulator --completion bash)\n", "source <(cmq-emulator --completion zsh)\n"
    package = "source /usr/share/bash-completion/bash_completion\n"
    results.run("bash, sourced", Bash(place, bash), options)
    results.run("bash, sourced, without = in COMP_WORDBREAKS",
                Bash(place, "COMP_WORDBREAKS=${COMP_WORDBREAKS//=}\n" + bash), options)
    results.run("zsh, sourced", Zsh(place, "", zsh), options)
    descriptions_of_zsh(results, place)
    results.run("fish, sourced", Fish(place, "cmq-emulator --completion fish | source; "), options)
    place.installed(prefix)
    results.run("bash, installed, by bash-completion", Bash(place, package), options)
    results.run("zsh, installed", Zsh(place, "fpath=('%s/share/zsh/site-functions' $fpath)\n" % prefix, ""), options)
    results.run("fish, installed", Fish(place, ""), options)
    place.remove()
    print("%d passed, %d failed" % (results.passed, results.failed))
    return results.failed != 0


sys.exit(main())
