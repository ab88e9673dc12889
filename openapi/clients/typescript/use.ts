// A program as a user would write it, with the types that openapi-typescript makes from openapi.json.
// It reads without a token, writes every kind with one, and ends with an error on any difference.
// Usage: node use.js BASE_URL, with an admin's or editor's token in the environment variable TOKEN.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

type Schemas = components["schemas"];
type Problem = Schemas["Problem"];

const [baseUrl] = process.argv.slice(2);
const token = process.env["TOKEN"];
assert(baseUrl && token, "usage: TOKEN=... node use.js BASE_URL");

// Lists come in four formats; this program asks for JSON.
const connect = (headers: Record<string, string>) =>
  createClient<paths, "application/json" | "application/problem+json">({ baseUrl, headers });
type Client = ReturnType<typeof connect>;
const visitor = connect({ Accept: "application/json" });
const editor = connect({ Accept: "application/json", Authorization: `Bearer ${token}` });

/** An answer of openapi-fetch; every refusal must have the type of a problem. */
type Answer<Data> = { data?: Data; error?: Problem; response: Response };

/** The body of an answer that must have gone well. */
function body<Data>(answer: Answer<Data>, status = 200): Data {
  assert.equal(answer.response.status, status, JSON.stringify(answer.error));
  assert(answer.data !== undefined);
  return answer.data;
}

/** The problem of an answer that must be a refusal. */
function refusal(answer: Answer<unknown>, status: number): Problem {
  assert.equal(answer.response.status, status);
  const problem = answer.error;
  assert(problem);
  assert.equal(answer.response.headers.get("content-type"), "application/problem+json");
  assert.equal(problem.status, status);
  assert(problem.type.startsWith(`${baseUrl}/problems/`), problem.type);
  assert(problem.title && problem.detail && problem.instance.startsWith("/api/v1/"));
  return problem;
}

function etag({ response }: { response: Response }): string {
  const value = response.headers.get("ETag");
  assert(value);
  return value;
}

/** What every record has. */
interface Common {
  id: string;
  slug?: string;
  status: Schemas["Cluster"]["status"];
  version: number;
}

interface Paging {
  limit?: number;
  cursor?: string;
  with_total?: boolean;
  ids?: string[];
}

interface Page<Item> {
  items: Item[];
  next: string | null;
  total?: number;
}

/** The operations of a kind. What was read can be written: hence `Item extends Input`. */
interface Operations<Item extends Common & Input, Input, Patch> {
  list(query: Paging): Promise<Answer<Page<Item>>>;
  count(): Promise<Answer<Schemas["Facets"]>>;
  create(body: Input, key?: string): Promise<Answer<Item>>;
  read(key: string): Promise<Answer<Item>>;
  replace(key: string, version: string, body: Input): Promise<Answer<Item>>;
  patch(key: string, version: string, body: Patch): Promise<Answer<Item>>;
  archive(key: string, version: string): Promise<Answer<unknown>>;
  restore(key: string): Promise<Answer<Item>>;
}

interface Case<Item extends Common & Input, Input, Patch> {
  operations: (client: Client) => Operations<Item, Input, Patch>;
  input: Input;
  patch: Patch;
  /** Fields as they must be after the patch. */
  patched: Partial<Item>;
  /** Well-typed, but against a rule, and where the fault lies. */
  bad: Input;
  pointer: string;
}

/** Every page to the end: each record once, and as many as `total` says. */
async function walk<Item extends Common>(list: (query: Paging) => Promise<Answer<Page<Item>>>): Promise<Item[]> {
  const first = body(await list({ limit: 7, with_total: true }));
  const items = [...first.items];
  let next = first.next;
  while (next) {
    const cursor = new URL(next).searchParams.get("cursor");
    assert(cursor);
    const page = body(await list({ limit: 7, cursor }));
    items.push(...page.items);
    next = page.next;
  }
  assert.equal(items.length, first.total);
  assert.equal(new Set(items.map((item) => item.id)).size, items.length);
  return items;
}

async function live<Item extends Common & Input, Input, Patch>(
  name: string,
  { operations, input, patch, patched, bad, pointer }: Case<Item, Input, Patch>,
): Promise<void> {
  const open = operations(visitor);
  const own = operations(editor);

  const published = await walk(open.list);
  assert(published.length > 0);
  const { facets } = body(await open.count());
  assert(Object.values(facets).flat().every(({ count, value }) => count > 0 && value));

  refusal(await open.create(input), 401);
  const key = crypto.randomUUID();
  const creation = await own.create(input, key);
  const created = body(creation, 201);
  assert.deepEqual(body(await own.create(input, key), 201), created, "one key, one record");
  assert.equal(created.status, "draft");
  assert.equal(created.version, 1);
  const address = created.slug ?? created.id;
  const location = creation.response.headers.get("Location");
  assert(location === `${baseUrl}/api/v1/${name}/${address}`, `Location: ${location}`);
  assert.deepEqual(body(await own.read(address)), created);
  refusal(await open.read(address), 404);

  const replacement = await own.replace(address, etag(creation), { ...created, status: "published" });
  const replaced = body(replacement);
  assert.deepEqual([replaced.status, replaced.version], ["published", 2]);
  refusal(await own.replace(address, etag(creation), { ...created, status: "published" }), 412);
  assert.deepEqual(body(await open.read(address)), replaced);
  assert.deepEqual(body(await open.list({ ids: [created.id] })).items, [replaced]);

  const change = await own.patch(address, etag(replacement), patch);
  const changed = body(change);
  const { version, updated_at, ...rest } = { ...replaced, ...patched } as Item & { updated_at: string };
  assert.deepEqual(changed, { ...changed, ...rest }, "a patch changes what it names, and nothing else");
  assert.equal(changed.version, version + 1);
  assert(updated_at);

  assert.equal((await own.archive(address, etag(change))).response.status, 204);
  refusal(await open.read(address), 410);
  assert.equal(body(await own.restore(address)).status, "published");
  assert.equal(body(await open.read(address)).id, created.id);

  const { errors } = refusal(await own.create(bad), 422);
  assert(errors?.some((error) => error.pointer === pointer && error.detail), JSON.stringify(errors));
  console.log(`  ${name}: ${published.length} read; created, replaced, patched, archived, restored, refused`);
}

/** What is not in the description, a program in JavaScript may still send. */
async function unknownField(): Promise<void> {
  const wrong = { ...cluster.input, colour: "blue" } as Schemas["ClusterInput"];
  const { errors } = refusal(await editor.POST("/api/v1/clusters", { body: wrong }), 400);
  assert.deepEqual(errors?.map((error) => error.pointer), ["/colour"]);
}

async function filters(): Promise<void> {
  const { facets } = body(await visitor.GET("/api/v1/initiatives/facets"));
  const [field] = facets["technology_field"] ?? [];
  assert(field);
  const found = await walk(async (query) =>
    visitor.GET("/api/v1/initiatives", {
      params: { query: { ...query, technology_field: [field.value], sort: "-updated_at" } },
    }),
  );
  assert.equal(found.length, field.count, "the list agrees with the facet");

  const near = body(
    await visitor.GET("/api/v1/members", {
      params: { query: { near: "48.78,9.18", radius_km: 25, kind: ["company", "university"], limit: 200 } },
    }),
  );
  assert(near.items.length > 0 && near.items.every(({ kind }) => kind === "company" || kind === "university"));

  const answer = await visitor.GET("/api/v1/regions");
  const regions = body(answer).items;
  assert(regions.some(({ code, name, parent }) => code === "DE111" && name.de && parent === "DE11"));
  assert.equal(body(await visitor.GET("/api/v1/regions/{code}", { params: { path: { code: "DE1" } } })).kind, "land");
  const again = await visitor.GET("/api/v1/regions", { params: { header: { "If-None-Match": etag(answer) } } });
  assert.equal(again.response.status, 304);

  refusal(await visitor.GET("/api/v1/events", { params: { query: { region: ["XX9"] } } }), 400);
  refusal(await visitor.GET("/api/v1/regions/{code}", { params: { path: { code: "XX9" } } }), 404);
  assert.equal(body(await visitor.GET("/api/v1")).limits.page_size, 200);
  console.log("  filters, facets, vocabularies");
}

const mergePatch = { "Content-Type": "application/merge-patch+json" };
const name = (de: string) => ({ de: `${de} (TypeScript)`, en: null });

const cluster: Case<Schemas["Cluster"], Schemas["ClusterInput"], Schemas["ClusterPatch"]> = {
  operations: (client) => ({
    list: async (query) => client.GET("/api/v1/clusters", { params: { query } }),
    count: async () => client.GET("/api/v1/clusters/facets"),
    create: async (body, key) =>
      client.POST("/api/v1/clusters", { params: { header: key ? { "Idempotency-Key": key } : {} }, body }),
    read: async (key) => client.GET("/api/v1/clusters/{key}", { params: { path: { key } } }),
    replace: async (key, version, body) =>
      client.PUT("/api/v1/clusters/{key}", { params: { path: { key }, header: { "If-Match": version } }, body }),
    patch: async (key, version, body) =>
      client.PATCH("/api/v1/clusters/{key}", {
        params: { path: { key }, header: { "If-Match": version } },
        headers: mergePatch,
        body,
      }),
    archive: async (key, version) =>
      client.DELETE("/api/v1/clusters/{key}", { params: { path: { key }, header: { "If-Match": version } } }),
    restore: async (key) => client.POST("/api/v1/clusters/{key}/restore", { params: { path: { key } } }),
  }),
  input: {
    name: name("Sensorik am Neckar"),
    summary: { de: "Firmen der Sensorik.", en: "Firms of sensor technology." },
    technology_fields: ["mikrosystemtechnik"],
    regions: ["DE111"],
    visibility: "national",
    location: { lat: 48.78, lon: 9.18 },
  },
  patch: { summary: { en: null }, location: null, industries: ["26"] },
  patched: { summary: { de: "Firmen der Sensorik.", en: null }, location: null, industries: ["26"] },
  bad: {
    name: name("Ohne Region"),
    summary: { de: "Ohne Region." },
    technology_fields: ["mikrosystemtechnik"],
    regions: ["DE999"],
    visibility: "national",
  },
  pointer: "/regions/0",
};

const initiative: Case<Schemas["Initiative"], Schemas["InitiativeInput"], Schemas["InitiativePatch"]> = {
  operations: (client) => ({
    list: async (query) => client.GET("/api/v1/initiatives", { params: { query } }),
    count: async () => client.GET("/api/v1/initiatives/facets"),
    create: async (body, key) =>
      client.POST("/api/v1/initiatives", { params: { header: key ? { "Idempotency-Key": key } : {} }, body }),
    read: async (key) => client.GET("/api/v1/initiatives/{key}", { params: { path: { key } } }),
    replace: async (key, version, body) =>
      client.PUT("/api/v1/initiatives/{key}", { params: { path: { key }, header: { "If-Match": version } }, body }),
    patch: async (key, version, body) =>
      client.PATCH("/api/v1/initiatives/{key}", {
        params: { path: { key }, header: { "If-Match": version } },
        headers: mergePatch,
        body,
      }),
    archive: async (key, version) =>
      client.DELETE("/api/v1/initiatives/{key}", { params: { path: { key }, header: { "If-Match": version } } }),
    restore: async (key) => client.POST("/api/v1/initiatives/{key}/restore", { params: { path: { key } } }),
  }),
  input: {
    name: "Sensorik-Initiative e.V. (TypeScript)",
    summary: { de: "Zusammenschluss der Sensorik.", en: null },
    regions: ["DE111"],
    technology_fields: ["mikrosystemtechnik"],
    visibility: "regional",
    clusters: ["cluster-automobil-neckarsulm"],
    contact: { organisation: "Sensorik e.V.", city: "Stuttgart", country: "DE", email: "info@example.org" },
    services: [{ de: "Beratung" }],
  },
  patch: { contact: { email: null, phone: "+49 711 123-0" }, founded_on: "2009-04" },
  patched: {
    contact: {
      organisation: "Sensorik e.V.",
      street: null,
      postal_code: null,
      city: "Stuttgart",
      country: "DE",
      email: null,
      phone: "+49 711 123-0",
    },
    founded_on: "2009",
  },
  bad: {
    name: "Ohne Cluster",
    summary: { de: "Nennt einen Cluster, den es nicht gibt." },
    regions: ["DE111"],
    technology_fields: ["mikrosystemtechnik"],
    visibility: "regional",
    clusters: [{ slug: "gibt-es-nicht" }],
  },
  pointer: "/clusters/0",
};

const network: Case<Schemas["Network"], Schemas["NetworkInput"], Schemas["NetworkPatch"]> = {
  operations: (client) => ({
    list: async (query) => client.GET("/api/v1/networks", { params: { query } }),
    count: async () => client.GET("/api/v1/networks/facets"),
    create: async (body, key) =>
      client.POST("/api/v1/networks", { params: { header: key ? { "Idempotency-Key": key } : {} }, body }),
    read: async (key) => client.GET("/api/v1/networks/{key}", { params: { path: { key } } }),
    replace: async (key, version, body) =>
      client.PUT("/api/v1/networks/{key}", { params: { path: { key }, header: { "If-Match": version } }, body }),
    patch: async (key, version, body) =>
      client.PATCH("/api/v1/networks/{key}", {
        params: { path: { key }, header: { "If-Match": version } },
        headers: mergePatch,
        body,
      }),
    archive: async (key, version) =>
      client.DELETE("/api/v1/networks/{key}", { params: { path: { key }, header: { "If-Match": version } } }),
    restore: async (key) => client.POST("/api/v1/networks/{key}/restore", { params: { path: { key } } }),
  }),
  input: {
    name: "Netzwerk Sensorik (TypeScript)",
    summary: { de: "Landesweites Netzwerk.", en: null },
    regions: ["DE1"],
    technology_fields: ["mikrosystemtechnik"],
    visibility: "international",
    initiatives: [{ slug: "packaging-valley" }],
    labels: [{ label: "go-cluster", awarded_on: "2024", valid_until: "2030-12-31" }],
  },
  patch: { management: { organisation: "Sensorik GmbH", full_time_equivalents: 1.5 }, labels: [] },
  patched: { management: { organisation: "Sensorik GmbH", staff: null, full_time_equivalents: 1.5 }, labels: [] },
  bad: {
    name: "Ohne Auszeichnung",
    summary: { de: "Nennt eine Auszeichnung, die es nicht gibt." },
    regions: ["DE1"],
    technology_fields: ["mikrosystemtechnik"],
    visibility: "international",
    labels: [{ label: "gibt-es-nicht", awarded_on: "2024" }],
  },
  pointer: "/labels/0/label",
};

const measure: Case<Schemas["Measure"], Schemas["MeasureInput"], Schemas["MeasurePatch"]> = {
  operations: (client) => ({
    list: async (query) => client.GET("/api/v1/measures", { params: { query } }),
    count: async () => client.GET("/api/v1/measures/facets"),
    create: async (body, key) =>
      client.POST("/api/v1/measures", { params: { header: key ? { "Idempotency-Key": key } : {} }, body }),
    read: async (key) => client.GET("/api/v1/measures/{key}", { params: { path: { key } } }),
    replace: async (key, version, body) =>
      client.PUT("/api/v1/measures/{key}", { params: { path: { key }, header: { "If-Match": version } }, body }),
    patch: async (key, version, body) =>
      client.PATCH("/api/v1/measures/{key}", {
        params: { path: { key }, header: { "If-Match": version } },
        headers: mergePatch,
        body,
      }),
    archive: async (key, version) =>
      client.DELETE("/api/v1/measures/{key}", { params: { path: { key }, header: { "If-Match": version } } }),
    restore: async (key) => client.POST("/api/v1/measures/{key}/restore", { params: { path: { key } } }),
  }),
  input: {
    kind: "funding",
    title: name("Förderung der Sensorik"),
    summary: { de: "Zuschüsse.", en: "Grants." },
    responsible: "Ministerium für Wirtschaft",
    starts_on: "2026-01-01",
    ends_on: "2026-12-31",
    budget: "7500000.00",
    beneficiaries: ["packaging-valley"],
  },
  patch: { budget: "8000000.50", ends_on: null },
  patched: { budget: "8000000.50", ends_on: null },
  bad: {
    kind: "study",
    title: name("Endet zu früh"),
    summary: { de: "Endet, bevor sie beginnt." },
    responsible: "Ministerium für Wirtschaft",
    starts_on: "2026-12-31",
    ends_on: "2026-01-01",
  },
  pointer: "/ends_on",
};

const event: Case<Schemas["Event"], Schemas["EventInput"], Schemas["EventPatch"]> = {
  operations: (client) => ({
    list: async (query) => client.GET("/api/v1/events", { params: { query } }),
    count: async () => client.GET("/api/v1/events/facets"),
    create: async (body, key) =>
      client.POST("/api/v1/events", { params: { header: key ? { "Idempotency-Key": key } : {} }, body }),
    read: async (key) => client.GET("/api/v1/events/{key}", { params: { path: { key } } }),
    replace: async (key, version, body) =>
      client.PUT("/api/v1/events/{key}", { params: { path: { key }, header: { "If-Match": version } }, body }),
    patch: async (key, version, body) =>
      client.PATCH("/api/v1/events/{key}", {
        params: { path: { key }, header: { "If-Match": version } },
        headers: mergePatch,
        body,
      }),
    archive: async (key, version) =>
      client.DELETE("/api/v1/events/{key}", { params: { path: { key }, header: { "If-Match": version } } }),
    restore: async (key) => client.POST("/api/v1/events/{key}/restore", { params: { path: { key } } }),
  }),
  // Its time zone is not the one that the server supposes: a patch of something else must leave it.
  input: {
    title: name("Forum Sensorik"),
    summary: { de: "Vorträge.", en: null },
    starts_at: "2030-05-01T09:30",
    ends_at: "2030-05-01T18:00",
    time_zone: "Europe/London",
    format: "hybrid",
    scope: "international",
    organisers: ["packaging-valley"],
  },
  patch: { title: { en: "Sensor forum" }, cancelled: true },
  patched: {
    title: { de: "Forum Sensorik (TypeScript)", en: "Sensor forum" },
    starts_at: "2030-05-01T08:30:00Z",
    time_zone: "Europe/London",
    cancelled: true,
    sequence: 1,
  },
  // Without a time zone: it has a default.
  bad: {
    title: name("Endet zu früh"),
    summary: { de: "Endet, bevor sie beginnt." },
    starts_at: "2030-05-01T09:30:00+02:00",
    ends_at: "2030-05-01T08:00:00+02:00",
    format: "online",
    scope: "regional",
  },
  pointer: "/ends_at",
};

const member: Case<Schemas["Member"], Schemas["MemberInput"], Schemas["MemberPatch"]> = {
  operations: (client) => ({
    list: async (query) => client.GET("/api/v1/members", { params: { query } }),
    count: async () => client.GET("/api/v1/members/facets"),
    create: async (body, key) =>
      client.POST("/api/v1/members", { params: { header: key ? { "Idempotency-Key": key } : {} }, body }),
    read: async (key) => client.GET("/api/v1/members/{key}", { params: { path: { key } } }),
    replace: async (key, version, body) =>
      client.PUT("/api/v1/members/{key}", { params: { path: { key }, header: { "If-Match": version } }, body }),
    patch: async (key, version, body) =>
      client.PATCH("/api/v1/members/{key}", {
        params: { path: { key }, header: { "If-Match": version } },
        headers: mergePatch,
        body,
      }),
    archive: async (key, version) =>
      client.DELETE("/api/v1/members/{key}", { params: { path: { key }, header: { "If-Match": version } } }),
    restore: async (key) => client.POST("/api/v1/members/{key}/restore", { params: { path: { key } } }),
  }),
  input: {
    name: "Sensor GmbH (TypeScript)",
    kind: "company",
    region: "DE111",
    public: true,
    affiliations: [{ organisation: "packaging-valley", since: "2020-01-01" }],
  },
  patch: { size_class: "small", address: { city: "Stuttgart", country: "DE" } },
  patched: { size_class: "small", address: { street: null, postal_code: null, city: "Stuttgart", country: "DE" } },
  bad: {
    name: "Ohne Verband",
    kind: "association",
    region: "DE111",
    affiliations: [{ organisation: "packaging-valley", since: "2020-01-01", until: "2019-01-01" }],
  },
  pointer: "/affiliations/0/until",
};

await filters();
await live("clusters", cluster);
await live("initiatives", initiative);
await live("networks", network);
await live("measures", measure);
await live("events", event);
await live("members", member);
await unknownField();
