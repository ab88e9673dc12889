// A program as a user would write it, with the types that openapi-typescript makes from openapi.json.
// It reads without a token, writes every kind with one, and ends with an error on any difference.
// Usage: node use.js BASE_URL, with tokens of these roles in the environment variables EDITOR_TOKEN,
// CHAMBER_TOKEN (of ihk-suedlicher-oberrhein) and AUDITOR_TOKEN.

import assert from "node:assert/strict";
import { chambers } from "./chambers.js";
import { exports } from "./exports.js";
import { audit, feed, search } from "./following.js";
import { admission, atlas, graph, stats } from "./insight.js";
import type { Answer, Common, Operations, Page, Paging, Schemas } from "./operations.js";
import { cluster, event, initiative, measure, member, network, operation } from "./records.js";
import type { Case } from "./records.js";
import { auditor, baseUrl, body, cursorOf, editor, etag, refusal, visitor } from "./session.js";

/** Every page to the end: each record once, and as many as `total` says. */
async function walk<Item extends Common>(list: (query: Paging) => Promise<Answer<Page<Item>>>): Promise<Item[]> {
  const first = body(await list({ limit: 7, with_total: true }));
  const items = [...first.items];
  let next = first.next;
  while (next) {
    const page = body(await list({ limit: 7, cursor: cursorOf(next) }));
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

  await lookBack(name, address, [open, own, operations(auditor)], replaced, changed);

  const { errors } = refusal(await own.create(bad), 422);
  assert(errors?.some((error) => error.pointer === pointer && error.detail), JSON.stringify(errors));
  console.log(`  ${name}: ${published.length} read; created, replaced, patched, archived, restored, reverted, refused`);
}

/** What was read, without what a revert counts up. */
function content(record: object): object {
  const { version, updated_at, sequence, ...rest } = record as Record<string, unknown>;
  assert(version && updated_at && sequence !== null);
  return rest;
}

/** The versions of a record that was created, replaced, patched, archived and restored. */
async function lookBack<Item extends Common & Input, Input, Patch>(
  name: string,
  key: string,
  [open, own, watching]: [Operations<Item, Input, Patch>, Operations<Item, Input, Patch>, Operations<Item, Input, Patch>],
  replaced: Item,
  changed: Item,
): Promise<void> {
  refusal(await open.versions(key), 401);
  const versions = body(await watching.versions(key)).items;
  assert.deepEqual(
    versions.map(({ version, action, actor, role }) => [version, action, actor, role]),
    ["create", "update", "update", "archive", "restore"].map((word, i) => [i + 1, word, "check", "editor"]).reverse(),
  );
  const published = versions[3]?.changes.find(({ pointer }) => pointer === "/status");
  assert.deepEqual([published?.from, published?.to], ["draft", "published"]);
  const first = body(await watching.version(key, 1));
  assert.deepEqual([first.id, first.version, first.status], [changed.id, 1, "draft"]);
  refusal(await watching.version(key, 99), 404);

  const patchedAt = versions[2]?.at;
  assert(patchedAt);
  assert.deepEqual(body(await open.read(key, { as_of: patchedAt })), changed);
  assert.deepEqual(body(await open.list({ ids: [changed.id], as_of: patchedAt })).items, [changed]);
  refusal(await open.read(key, { as_of: "2020-01-01" }), 404);
  refusal(await open.read(key, { as_of: "2999-01-01T00:00:00Z" }), 400);

  refusal(await watching.revert(key, 2), 403);
  refusal(await own.revert(key, 2, '"1-stale"'), 412);
  const reverted = body(await own.revert(key, 2));
  assert.equal(reverted.version, 6, name);
  assert.deepEqual(content(reverted), content(replaced));
  assert.deepEqual(body(await open.read(key)), reverted);
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

await filters();
await live("clusters", cluster);
await live("initiatives", initiative);
await live("networks", network);
await live("measures", measure);
await live("events", event);
await live("operations", operation);
await live("members", member);
await unknownField();
await exports();
await search();
await feed();
await audit();
await stats();
await atlas();
await graph();
await admission();
await chambers();
