// Gets tokens from a certified provider, and shows them to the server, while the provider comes, goes and changes its
// keys. The server runs already, and the provider does not.
//
//   check.mjs URL PORT TOKEN      TOKEN: an editor's, of the server itself
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { createHmac, generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignJWT, importJWK } from 'jose';

const [portal, port, ownToken] = process.argv.slice(2);
const issuer = `http://127.0.0.1:${port}`;
const ALGORITHMS = {
  RS256: ['rsa', { modulusLength: 2048 }],
  PS512: ['rsa', { modulusLength: 3072 }],
  ES256: ['ec', { namedCurve: 'P-256' }],
  ES384: ['ec', { namedCurve: 'P-384' }],
  EdDSA: ['ed25519', {}],
};
const newKeys = (generation) =>
  Object.entries(ALGORITHMS).map(([alg, [type, options]]) => {
    const { privateKey } = generateKeyPairSync(type, options);
    return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `${generation}-${alg}` };
  });

let provider;
let fetches = 0;
const start = async (keys) => {
  provider = fork(new URL('provider.mjs', import.meta.url), [port, JSON.stringify({ keys })], { silent: true });
  provider.on('message', (message) => { if (message === 'keys') fetches += 1; });
  await new Promise((resolve, reject) => {
    provider.on('message', (message) => { if (message === 'ready') resolve(); });
    provider.once('exit', () => reject(new Error('the provider ended')));
  });
};
const stop = () => new Promise((resolve) => { provider.once('exit', resolve); provider.kill(); });
process.on('exit', () => provider?.kill('SIGKILL'));

const tokenOf = async (client, { alg = 'RS256', audience = 'clusterportal', seconds = 300 } = {}) => {
  const response = await fetch(`${issuer}/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${client}:secret`)}` },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      resource: `https://portal.test/${audience}/${alg}/${seconds}`,
    }),
  });
  const body = await response.json();
  assert.equal(response.status, 200, JSON.stringify(body));
  return body.access_token;
};
const call = (token, path = '/api/v1/clusters', method = 'GET') =>
  fetch(portal + path, { method, headers: token ? { authorization: `Bearer ${token}` } : {} });
const answers = async (token, status, path, method) => {
  const response = await call(token, path, method);
  const body = await response.text();
  assert.equal(response.status, status, `${method ?? 'GET'} ${path ?? ''} ${body}`);
  return body;
};
const encode = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
const claims = (changes = {}) => {
  const now = Math.floor(Date.now() / 1000);
  const realm_access = { roles: ['admin'] };
  return { iss: issuer, aud: 'clusterportal', sub: 'mallory', iat: now, exp: now + 300, realm_access, ...changes };
};
const signed = async (key, changes, header = {}) => {
  const all = { alg: key.alg, kid: key.kid, typ: 'at+jwt', ...header };
  return new SignJWT(claims(changes)).setProtectedHeader(all).sign(await importJWK({ ...key, alg: all.alg }));
};
const say = (text) => console.log(`ok  ${text}`);

const first = newKeys('first');
const [rsa] = first;

const refused = await call(await signed(rsa));
assert.equal(refused.status, 503);
assert.ok(Number(refused.headers.get('retry-after')) > 0);
await answers(undefined, 200);
await answers(ownToken, 200, '/api/v1/clusters?status=draft');
say('the provider is down at the start: its tokens get a 503, everybody else is served');

await start(first);
const early = await tokenOf('editor');
for (let i = 0; (await call(early)).status !== 200; i += 1) {
  assert.ok(i < 70, 'the keys were not loaded within 70 s');
  await sleep(1000);
}
say('the provider comes up: its keys are found');

for (const alg of Object.keys(ALGORITHMS)) {
  await answers(await tokenOf('editor', { alg }), 200, '/api/v1/clusters?status=draft');
}
say(`access tokens are accepted: ${Object.keys(ALGORITHMS).join(', ')}`);

const statuses = async (client) => {
  const token = await tokenOf(client);
  const paths = ['/api/v1/clusters', '/api/v1/clusters?status=draft', '/api/v1/audit', '/api/v1/chambers/ihk-ulm/members'];
  const gets = await Promise.all(paths.map(async (path) => (await call(token, path)).status));
  return [...gets, (await call(token, '/api/v1/clusters', 'POST')).status];
};
assert.deepEqual(await statuses('admin'), [200, 200, 200, 200, 415]);
assert.deepEqual(await statuses('editor'), [200, 200, 403, 200, 415]);
assert.deepEqual(await statuses('auditor'), [200, 200, 200, 200, 403]);
assert.deepEqual(await statuses('chamber'), [200, 400, 403, 200, 403]);
assert.deepEqual(await statuses('stranger'), [200, 400, 403, 403, 403]);
say('roles are those of the claim /realm_access/roles');

assert.match(await answers(await tokenOf('admin', { audience: 'other' }), 401), /audience/);
const short = await tokenOf('admin', { seconds: 1 });
await sleep(2000);
assert.match(await answers(short, 401), /expired/);
assert.match(await answers(await signed(rsa, { at_hash: 'x' }, { typ: 'JWT' }), 401), /not an access token/);
assert.match(await answers(await signed(rsa, {}, { alg: 'PS256' }), 401), /algorithm/);
await answers(`${encode({ alg: 'none', kid: rsa.kid })}.${encode(claims())}.`, 401);
const metadata = await (await fetch(`${issuer}/.well-known/openid-configuration`)).json();
const { keys: published } = await (await fetch(metadata.jwks_uri)).json();
const publicKey = published.find((key) => key.kid === rsa.kid);
for (const secret of [JSON.stringify(publicKey), publicKey.n, Buffer.from(publicKey.n, 'base64url')]) {
  const message = `${encode({ alg: 'HS256', kid: rsa.kid })}.${encode(claims())}`;
  await answers(`${message}.${createHmac('sha256', secret).update(message).digest('base64url')}`, 401);
}
const [stranger] = newKeys('first');
assert.match(await answers(await signed(stranger), 401), /signature/);
say('refused: wrong audience, expired, ID token, another algorithm, none, HS256 with the public key, a stranger');

// The minute since the first unknown key has to pass, which the server may still count.
await stop();
await start(newKeys('second'));
fetches = 0;
const rotated = await tokenOf('editor', { alg: 'ES256' });
for (let i = 0; (await call(rotated)).status !== 200; i += 1) {
  assert.ok(i < 70, 'the new key was not loaded within 70 s');
  await sleep(1000);
}
assert.equal(fetches, 1);
for (let i = 0; i < 200; i += 1) {
  await answers(`${encode({ alg: 'ES256', kid: `invented-${i}` })}.${encode(claims())}.AAAA`, 401);
}
assert.match(await answers(early, 401), /unknown key/);
assert.equal(fetches, 1);
say('keys are rotated: an unknown key is fetched once, 200 invented ones are not');

await stop();
await answers(rotated, 200, '/api/v1/clusters?status=draft');
assert.match(await answers(await signed(rsa), 401), /unknown key/);
say('the provider goes away: the keys that are known go on being used');
process.exit(0);
