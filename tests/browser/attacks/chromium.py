"""A headless Chromium that reaches nothing but this machine."""
import os
import shutil
import signal
import subprocess
import tempfile

# Names and addresses that lead to 127.0.0.1, whatever they are elsewhere. The last one stands for
# this machine's own address in its network.
NAMES = ["evil.example", "*.evil.example", "rebound.example", "my.dev.example", "10.9.8.7"]
AS_THEY_ARE = ["127.0.0.1", "localhost", "0.0.0.0"]

# Chromium asks a person before a page of the internet may send anything to this machine. Other
# browsers do not, and a person may say yes; here it is the emulator that has to refuse.
UNGUARDED = [
    "LocalNetworkAccessChecks",
    "LocalNetworkAccessChecksWebSockets",
    "LocalNetworkAccessForNavigations",
    "LocalNetworkAccessForSubframeNavigations",
    "LocalNetworkAccessForWorkers",
    "BlockInsecurePrivateNetworkRequests",
    "PrivateNetworkAccessNullIpAddress",
]
QUIET = ["OptimizationHints", "MediaRouter", "Translate", "CertificateTransparencyComponentUpdater"]

FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-pings",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-extensions-with-background-pages",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-gpu",
    "--disable-sync",
    "--metrics-recording-only",
    "--password-store=basic",
    # Windows that a page opens are in front of it, and it must go on.
    "--disable-popup-blocking",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-features=" + ",".join(UNGUARDED + QUIET),
    "--host-resolver-rules="
    + ",".join(
        ["MAP %s 127.0.0.1" % name for name in NAMES]
        + ["EXCLUDE %s" % name for name in AS_THEY_ARE]
        + ["MAP * ~NOTFOUND"]
    ),
]


class Chromium:
    """A browser with a profile of its own, opened at a URL as a person would."""

    def __init__(self, program, url, *flags):
        self.profile = tempfile.mkdtemp()
        self.process = subprocess.Popen(
            [program, "--user-data-dir=" + self.profile] + FLAGS + list(flags) + [url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=dict(os.environ, HOME=self.profile, XDG_CONFIG_HOME=self.profile),
            start_new_session=True,
        )

    def output(self, timeout_s):
        """What it prints until it ends; what has come by then if it does not end in time."""
        try:
            return self.process.communicate(timeout=timeout_s)[0].decode()
        except subprocess.TimeoutExpired as late:
            return (late.output or b"").decode()

    def close(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)  # all its processes
        except ProcessLookupError:
            pass
        self.process.wait()
        self.process.stdout.close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
