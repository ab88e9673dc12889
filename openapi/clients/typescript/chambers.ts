// What the IT of a chamber does.

import assert from "node:assert/strict";
import type { Client, Schemas } from "./operations.js";
import { auditor, baseUrl, body, chamber as own, cursorOf, editor, etag, refusal, visitor } from "./session.js";

const chamber = "ihk-suedlicher-oberrhein";
const path = { chamber };

type Line = Schemas["MemberInput"] | { external_id: string; deleted: true };
type Order = { mode?: "delta" | "full"; dry_run?: boolean; max_deletion_percent?: number };

/** Begins a run; text goes as it is, the generated client would make JSON of it. */
const sync = (client: Client, lines: Line[], query: Order, path = { chamber }) =>
  client.POST("/api/v1/chambers/{chamber}/sync-runs", {
    params: { path, query },
    headers: { "Content-Type": "application/x-ndjson" },
    body: lines.map((line) => `${JSON.stringify(line)}\n`).join(""),
    bodySerializer: (text) => text,
  });

const firm = (external_id: string, region = "DE131"): Schemas["MemberInput"] => ({
  external_id,
  name: `Firma ${external_id}`,
  kind: "company",
  region,
  public: true,
});

async function runs(): Promise<void> {
  const lines: Line[] = [firm("TS-1"), firm("TS-2"), firm("TS-3", "DE999"), { external_id: "TS-9", deleted: true }];
  refusal(await sync(visitor, lines, {}), 401);
  refusal(await sync(auditor, lines, {}), 403);
  refusal(await sync(own, lines, {}, { chamber: "ihk-ulm" }), 404);

  const counts = { received: 4, created: 2, updated: 0, unchanged: 1, deleted: 0, rejected: 1 };
  const dry = body(await sync(own, lines, { dry_run: true }), 201);
  assert.deepEqual([dry.state, dry.dry_run, dry.counts], ["completed", true, counts]);
  const answer = await sync(own, lines, { mode: "delta", dry_run: false });
  const run = body(answer, 201);
  assert.deepEqual([run.mode, run.counts, run.sweep], ["delta", counts, { state: "none", reason: null }]);
  assert(run.finished_at && run.duration_ms >= 0);
  const [{ line, external_id, pointer } = assert.fail("no rejection")] = run.rejections;
  assert.deepEqual([line, external_id, pointer], [3, "TS-3", "/region"]);
  assert.equal(
    answer.response.headers.get("Location"),
    `${baseUrl}/api/v1/chambers/${chamber}/sync-runs/${run.id}`,
  );
  const again = body(await sync(own, lines, {}), 201);
  assert.deepEqual(again.counts, { ...counts, created: 0, unchanged: 3 }, "sent again, nothing changes");

  const stopped = await sync(own, lines.slice(0, 2), { mode: "full", max_deletion_percent: 1 });
  const problem = stopped.error;
  assert(stopped.response.status === 409 && problem?.type === `${baseUrl}/problems/deletion-guard`);
  assert("run" in problem && problem.run, "the problem holds the whole run");
  const guarded = problem.run;
  assert.deepEqual([guarded.state, guarded.sweep.state, guarded.counts.deleted], ["stopped", "stopped", 0]);

  const one = { params: { path: { ...path, run: run.id } } };
  assert.deepEqual(body(await auditor.GET("/api/v1/chambers/{chamber}/sync-runs/{run}", one)), run);
  const rejections = body(await own.GET("/api/v1/chambers/{chamber}/sync-runs/{run}/rejections", one));
  assert.deepEqual(rejections, { items: run.rejections, next: null });
  const page = body(await own.GET("/api/v1/chambers/{chamber}/sync-runs", { params: { path, query: { limit: 2 } } }));
  assert.deepEqual(page.items.map(({ id }) => id), [guarded.id, again.id], "latest first");
  assert(page.next && page.items.every(({ rejections }) => rejections.length === 0));
  const query = { cursor: cursorOf(page.next) };
  const rest = body(await own.GET("/api/v1/chambers/{chamber}/sync-runs", { params: { path, query } }));
  assert.equal(rest.items[0]?.id, run.id);
}

async function members(): Promise<void> {
  const held = (query: { status?: "archived"[]; q?: string }) =>
    own.GET("/api/v1/chambers/{chamber}/members", { params: { path, query: { ...query, limit: 200, with_total: true } } });
  const before = body(await held({}));
  assert(before.items.some(({ external_id }) => external_id === "TS-1"));
  assert(before.total === before.items.length && before.items.every((member) => member.chamber === chamber));

  const at = { ...path, external_id: "TS-4" };
  const address = "/api/v1/chambers/{chamber}/members/{external_id}";
  refusal(await own.GET(address, { params: { path: at } }), 404);
  refusal(await editor.PUT(address, { params: { path: at }, body: firm("TS-4") }), 403);
  const { errors } = refusal(await own.PUT(address, { params: { path: at }, body: firm("TS-4", "DE999") }), 422);
  assert.deepEqual(errors?.map(({ pointer }) => pointer), ["/region"]);
  const { external_id: _, ...few } = firm("TS-4");
  const creation = await own.PUT(address, { params: { path: at }, body: few });
  const created = body(creation, 201);
  assert.deepEqual([created.external_id, created.status, created.version], ["TS-4", "published", 1]);
  const read = await editor.GET(address, { params: { path: at } });
  assert.deepEqual([body(read), etag(read)], [created, etag(creation)]);

  const header = { "If-Match": etag(read) };
  const changed = body(await own.PUT(address, { params: { path: at, header }, body: { ...created, size_class: "small" } }));
  assert.deepEqual([changed.size_class, changed.version], ["small", 2]);
  refusal(await own.PUT(address, { params: { path: at, header }, body: few }), 412);
  refusal(await own.DELETE(address, { params: { path: at, header } }), 412);

  assert.equal((await own.DELETE(address, { params: { path: at } })).response.status, 204);
  refusal(await own.GET(address, { params: { path: at } }), 410);
  assert.deepEqual(body(await held({ status: ["archived"] })).items.map(({ id }) => id), [created.id]);
  assert.equal(body(await held({})).total, before.total);
  const back = body(await own.PUT(address, { params: { path: at }, body: few }), 201);
  assert.deepEqual([back.id, back.version], [created.id, 4]);

  const erase = { params: { path: at, query: { erase: true } } };
  assert.equal((await own.DELETE(address, erase)).response.status, 204);
  refusal(await own.GET(address, { params: { path: at } }), 404);
  refusal(await own.DELETE(address, erase), 404);
  const { items } = body(await auditor.GET("/api/v1/audit", { params: { query: { id: [created.id] } } }));
  assert.deepEqual([items[0]?.action, items[0]?.role], ["erase", "chamber"]);
}

export async function chambers(): Promise<void> {
  await runs();
  await members();
  console.log("  chambers: runs, rejections, the guard; a member written, deleted, brought back, erased");
}
