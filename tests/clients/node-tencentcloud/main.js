// tencentcloud-sdk-nodejs 4.0.975: both products of API 3.0, signed in every way that the SDK
// knows, and to the service's own host names through a proxy.
"use strict";

// The two products alone: the module of the whole package loads all others as well.
const services = "tencentcloud-sdk-nodejs/tencentcloud/services";
const tdmq = require(`${services}/tdmq`).tdmq.v20200217;
const cmq = require(`${services}/cmq`).cmq.v20190304;

const { env, bodies, test, run, admin, freeze, assert, has } = require("../support/node/suite");
const { refused } = require("./answers");
const ofCmq = require("./cmq");
const ofTdmq = require("./tdmq");

const called = { cmq: new Set(), tdmq: new Set() };

function callers(signMethod, httpProfile, { secretId, secretKey, token } = env) {
  const options = {
    credential: { secretId, secretKey, token },
    region: "ap-guangzhou",
    profile: { signMethod, httpProfile },
  };
  const clients = {
    cmq: new cmq.Client(options),
    tdmq: new tdmq.Client(options),
  };
  const caller = (product) => (action, parameters) => {
    called[product].add(action);
    return clients[product][action](parameters);
  };
  return { cmq: caller("cmq"), tdmq: caller("tdmq") };
}

const local = { endpoint: env.host, protocol: "http://" };

// The signature TC3 leaves out the port and takes the service from the address: "127"
// (api3 3.2). The signatures of v1 cover the port.
const kinds = [
  { label: "tc3-post", signMethod: "TC3-HMAC-SHA256", reqMethod: "POST" },
  { label: "tc3-get", signMethod: "TC3-HMAC-SHA256", reqMethod: "GET" },
  { label: "sha1-post", signMethod: "HmacSHA1", reqMethod: "POST" },
  { label: "sha1-get", signMethod: "HmacSHA1", reqMethod: "GET" },
  { label: "sha256-post", signMethod: "HmacSHA256", reqMethod: "POST" },
  { label: "sha256-get", signMethod: "HmacSHA256", reqMethod: "GET" },
];

// Calls that are refused, and a namespace of another credential, with a token.
function addCredentials(label, make) {
  const { secretId, secretKey } = env;
  const wrong = [
    [{ secretId, secretKey: "wrong" }, "AuthFailure.SignatureFailure"],
    [{ secretId: "AKIDunknown", secretKey }, "AuthFailure.SecretIdNotFound"],
    [{ secretId: "unknown", secretKey }, "AuthFailure.InvalidSecretId"],
  ];
  test(`${label}: a wrong key and unknown ids are refused`, async () => {
    for (const [credential, code] of wrong) {
      await refused(make(credential).cmq, "DescribeQueueDetail", {}, code);
      await refused(make(credential).tdmq, "DescribeCmqQueues", {}, code);
    }
  });

  test(`${label}: temporary keys have a token, and lead to their namespace`, async () => {
    const temporary = { secretId: `AKID${label}`, secretKey: "temporary", token: "t/o+k=en&" };
    await admin("POST", "/namespaces", { name: label, credentials: [temporary] });
    await make(temporary).tdmq("CreateCmqQueue", { QueueName: "elsewhere" });
    has(await make(temporary).cmq("DescribeQueueDetail", {}), { TotalCount: 1 });
    has(await make(env).cmq("DescribeQueueDetail", { QueueName: "elsewhere" }), {
      TotalCount: 0,
    });
    const failure = "AuthFailure.TokenFailure";
    const other = { ...temporary, token: "other" };
    await refused(make(other).tdmq, "DescribeCmqQueues", {}, failure);
    await admin("DELETE", `/namespaces/${label}`);
  });
}

for (const { label, signMethod, reqMethod } of kinds) {
  const call = callers(signMethod, { ...local, reqMethod });
  ofCmq.add(`cmq-${label}`, call.cmq);
  ofTdmq.add(`tdmq-${label}`, call.tdmq);
  addCredentials(label, (credential) =>
    callers(signMethod, { ...local, reqMethod }, credential),
  );
}

test("all 17 Actions of cmq and all 21 of tdmq were called", () => {
  const actions = (client) =>
    Object.getOwnPropertyNames(client.prototype).filter((name) => name !== "constructor");
  assert.deepEqual([...called.cmq].sort(), actions(cmq.Client).sort());
  assert.equal(called.cmq.size, 17);
  assert.deepEqual(
    [...called.tdmq].sort(),
    actions(tdmq.Client)
      .filter((name) => name.includes("Cmq"))
      .sort(),
  );
  assert.equal(called.tdmq.size, 21);
});

// The SDK reads this variable itself, and asks a proxy for a tunnel whatever the protocol is.
// With it and the CA in NODE_EXTRA_CA_CERTS the program is as for the real service: no address,
// no protocol, no agent.
for (const protocol of ["https://", "http://"])
  test(`${protocol}tdmq.tencentcloudapi.com through http_proxy`, async () => {
    process.env.http_proxy = env.url;
    const call = callers("TC3-HMAC-SHA256", protocol === "https://" ? {} : { protocol });
    const QueueName = `away-${protocol.replace("://", "")}`;
    await call.tdmq("CreateCmqQueue", { QueueName });
    for (const MsgContent of bodies)
      await call.tdmq("SendCmqMsg", { QueueName, MsgContent, DelaySeconds: 0 });
    const { QueueDescribe } = await call.tdmq("DescribeCmqQueueDetail", { QueueName });
    has(QueueDescribe, { QueueName, ActiveMsgNum: bodies.length });
    const { QueueSet } = await call.cmq("DescribeQueueDetail", { QueueName });
    has(QueueSet[0], { QueueName, ActiveMsgNum: bodies.length });
    delete process.env.http_proxy;
  });

(async () => {
  await admin("POST", "/reset", { what: "all" });
  await freeze();
  await run();
})();
