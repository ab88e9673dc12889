// A certified OpenID Connect provider, with the claims of Keycloak. Tells its parent of each request for its keys.
//
//   provider.mjs PORT KEYS     KEYS: a JWK Set of private keys, as JSON
import Provider from 'oidc-provider';

const [port, keys] = process.argv.slice(2);
const roles = {
  editor: ['offline_access', 'editor'],
  auditor: ['auditor'],
  admin: ['editor', 'admin'],
  chamber: ['chamber'],
  stranger: ['offline_access'],
};
// A resource is https://portal.test/AUDIENCE/ALGORITHM/SECONDS: the tokens that it wants.
const resource = (indicator) => {
  const [audience, alg, seconds] = new URL(indicator).pathname.slice(1).split('/');
  return { scope: '', audience, accessTokenFormat: 'jwt', accessTokenTTL: Number(seconds), jwt: { sign: { alg } } };
};
const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: JSON.parse(keys),
  clients: Object.keys(roles).map((id) => ({
    client_id: id,
    client_secret: 'secret',
    grant_types: ['client_credentials'],
    redirect_uris: [],
    response_types: [],
  })),
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    resourceIndicators: { enabled: true, getResourceServerInfo: (_, indicator) => resource(indicator) },
  },
  extraTokenClaims: (_, token) => ({
    realm_access: { roles: roles[token.clientId] },
    chamber: token.clientId === 'chamber' ? ['ihk-ulm'] : undefined,
  }),
});
provider.use(async (context, next) => {
  if (context.path === '/jwks') process.send('keys');
  await next();
});
provider.listen(Number(port), '127.0.0.1', () => process.send('ready'));
