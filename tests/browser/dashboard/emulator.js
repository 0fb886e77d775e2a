// An emulator of its own on a free port, its admin interface, and signed calls of CMQ.
"use strict";

const { spawn } = require("node:child_process");
const { createHmac } = require("node:crypto");
const { mkdtempSync, readFileSync, rmSync } = require("node:fs");
const { request } = require("node:http");
const { tmpdir } = require("node:os");
const { join } = require("node:path");
const { createInterface } = require("node:readline");

const COME_FROM = ["--exit-with-parent", "--log", "off", "--poll-time", "virtual"];

// What others of the same program would be told by this shell.
function environment() {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("CMQ_EMULATOR_"));
  return Object.fromEntries(kept);
}

function send(port, method, path, headers, body) {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, method, path, headers, agent: false };
    const sent = request(options, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("error", reject);
      answer.on("end", () => {
        resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

class Emulator {
  static async start(...options) {
    const emulator = new Emulator(options);
    await emulator.begin(0);
    return emulator;
  }

  constructor(options) {
    this.options = options;
    this.token = null;
  }

  // On a port; 0: a free one.
  async begin(port) {
    const folder = mkdtempSync(join(tmpdir(), "cmq-"));
    const portFile = join(folder, "port");
    const own = process.env.DASHBOARD ? ["--dashboard", process.env.DASHBOARD] : [];
    const all = [
      "--port",
      String(port),
      "--port-file",
      portFile,
      ...COME_FROM,
      ...own,
      ...this.options,
    ];
    const stdio = ["ignore", "pipe", "inherit"];
    const child = spawn(process.env.EMULATOR, all, { env: environment(), stdio });
    const ended = new Promise((resolve) => {
      child.on("exit", (code, signal) => resolve(code ?? signal));
    });
    try {
      const lines = createInterface({ input: child.stdout });
      const ready = new Promise((resolve) => lines.once("line", () => resolve("ready")));
      const state = await Promise.race([ready, ended]);
      if (state !== "ready") throw new Error(`the emulator ended with ${state}: ${all.join(" ")}`);
      this.port = Number(readFileSync(portFile, "utf8"));
      this.url = `http://127.0.0.1:${this.port}`;
      Object.assign(this, { child, ended });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  // Its exit code, or the signal that ended it.
  stop() {
    this.child.kill("SIGTERM");
    return this.ended;
  }

  // Another run of it, which knows nothing of this one, where this one was.
  async again() {
    const code = await this.stop();
    if (code !== 0) throw new Error(`the emulator ended with ${code}`);
    await this.begin(this.port);
  }

  send(method, path, headers = {}, body = undefined) {
    return send(this.port, method, path, headers, body);
  }

  // An admin call, with its arguments as JSON. The answer; an error throws.
  async admin(method, path, argument, namespace = "default") {
    const mark = path.includes("?") ? "&" : "?";
    const target = `/_emulator/${path}${mark}namespace=${encodeURIComponent(namespace)}`;
    const headers = this.token ? { Authorization: `Bearer ${this.token}` } : {};
    const body = argument === undefined ? undefined : JSON.stringify(argument);
    const answer = await this.send(method, target, headers, body);
    if (answer.status !== 200)
      throw new Error(`${method} ${target}: ${answer.status} ${answer.body}`);
    return JSON.parse(answer.body);
  }

  // A namespace of its own.
  async namespace(name, spec = {}) {
    const made = await this.admin("POST", "namespaces", { name, ...spec });
    return new World(this, made);
  }
}

// A namespace: its admin calls, and its calls of CMQ.
class World {
  constructor(emulator, { namespace, secretId, secretKey }) {
    this.emulator = emulator;
    this.name = namespace;
    this.secretId = secretId;
    this.secretKey = secretKey;
  }

  admin(method, path, argument) {
    return this.emulator.admin(method, path, argument, this.name);
  }

  get(path) {
    return this.admin("GET", path);
  }

  // A call of the API v2, signed (protocol, common 4). The answer, whatever its code is.
  async ask(
    action,
    parameters = {},
    { key = this.secretKey, userAgent = "orders-worker/1.0" } = {},
  ) {
    const all = {
      Action: action,
      Nonce: "1",
      Timestamp: "1893456000",
      SecretId: this.secretId,
      ...parameters,
    };
    const host = `127.0.0.1:${this.emulator.port}`;
    const signed = Object.keys(all)
      .sort()
      .map((name) => `${name}=${all[name]}`)
      .join("&");
    const signature = createHmac("sha1", key)
      .update(`POST${host}/v2/index.php?${signed}`)
      .digest("base64");
    const form = new URLSearchParams({ ...all, Signature: signature }).toString();
    const headers = {
      Host: host,
      "Content-Type": "application/x-www-form-urlencoded",
      "User-Agent": userAgent,
    };
    const answer = await this.emulator.send("POST", "/v2/index.php", headers, form);
    return JSON.parse(answer.body);
  }

  // The same, of a call that must succeed.
  async cmq(action, parameters, options) {
    const answer = await this.ask(action, parameters, options);
    if (answer.code !== 0) throw new Error(`${action}: ${JSON.stringify(answer)}`);
    return answer;
  }

  advance(by) {
    return this.admin("POST", "clock/advance", { by });
  }

  // Until so many polls are parked in the namespace.
  async polls(count) {
    const until = { polls: { eq: count } };
    const { satisfied } = await this.admin("POST", "await", { until, timeout: "20s" });
    if (!satisfied) throw new Error(`there are no ${count} parked polls`);
  }
}

module.exports = { Emulator, World };
