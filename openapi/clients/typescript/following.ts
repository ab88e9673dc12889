// Finding, following, looking back.

import assert from "node:assert/strict";
import type { Schemas } from "./operations.js";
import { auditor, baseUrl, body, cursorOf, editor, etag, refusal, visitor } from "./session.js";

type Change = Schemas["Change"];

export async function search(): Promise<void> {
  const kind: Schemas["Kind"][] = ["initiative", "network"];
  const words = { q: "netzwerke", kind, region: ["DE1"], lang: "de" as const, limit: 3 };
  const first = body(await visitor.GET("/api/v1/search", { params: { query: words } }));
  assert.equal(first.items.length, 3);
  let least = 1;
  for (const { kind, reference, headline, snippet, score } of first.items) {
    assert(kind === "initiative" || kind === "network");
    assert(reference.id && reference.slug && reference.name);
    assert(`${headline}${snippet}`.includes("<mark>"), snippet);
    assert(score > 0 && score <= least, "the best first");
    least = score;
  }
  assert(first.next);
  const cursor = cursorOf(first.next);
  const second = body(await visitor.GET("/api/v1/search", { params: { query: { ...words, cursor } } }));
  const seen = new Set([...first.items, ...second.items].map(({ reference }) => reference.id));
  assert.equal(seen.size, first.items.length + second.items.length);

  const found = body(await visitor.GET("/api/v1/search", { params: { query: { q: "pakaging valley" } } }));
  assert.equal(found.items[0]?.reference.slug, "packaging-valley", "one typo is forgiven");
  const fields = body(await visitor.GET("/api/v1/search", { params: { query: { q: "e", technology_field: ["ikt"] } } }));
  assert(fields.items.length > 0);
  refusal(await visitor.GET("/api/v1/search", { params: { query: { q: "?!" } } }), 400);

  const typed = { q: "packag", kind, limit: 5 };
  const suggested = body(await visitor.GET("/api/v1/suggest", { params: { query: typed } })).items;
  assert.equal(suggested[0]?.reference.slug, "packaging-valley");
  assert(suggested[0]?.headline.startsWith("<mark>"));
  console.log("  search, suggest");
}

/** A copy of all public records, kept by the feed alone. */
class Mirror {
  readonly names = new Map<string, string>();
  cursor = "0";

  take(change: Change): void {
    assert(change.seq > 0 && change.version > 0 && change.at.endsWith("Z"));
    if (change.action === "removed" || !change.record) {
      this.names.delete(change.id);
      return;
    }
    // The kind says which record it is.
    const name =
      change.kind === "cluster" || change.kind === "operation"
        ? change.record.name.de
        : change.kind === "measure" || change.kind === "event"
          ? change.record.title.de
          : change.record.name;
    this.names.set(change.id, name);
  }

  async follow(): Promise<number> {
    let count = 0;
    for (;;) {
      const query = { since: this.cursor, include: "record", limit: 150 } as const;
      const page = body(await visitor.GET("/api/v1/changes", { params: { query } }));
      page.items.forEach((change) => this.take(change));
      count += page.items.length;
      this.cursor = page.cursor;
      if (!page.next) {
        return count;
      }
      assert.equal(cursorOf(page.next, "since"), page.cursor);
    }
  }
}

async function renameCluster(key: string, de: string): Promise<void> {
  const read = await editor.GET("/api/v1/clusters/{key}", { params: { path: { key } } });
  const change = await editor.PATCH("/api/v1/clusters/{key}", {
    params: { path: { key }, header: { "If-Match": etag(read) } },
    headers: { "Content-Type": "application/merge-patch+json" },
    body: { name: { de } },
  });
  assert.equal(body(change).name.de, de);
}

/** The first event of a stream. */
async function firstEvent(lastEventId: string): Promise<Change> {
  const stop = new AbortController();
  const headers = { Accept: "text/event-stream", "Last-Event-ID": lastEventId };
  const answer = await fetch(`${baseUrl}/api/v1/changes?include=record`, { headers, signal: stop.signal });
  assert.equal(answer.headers.get("content-type"), "text/event-stream");
  assert(answer.body);
  let text = "";
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const event = /^id: (.+)\ndata: (.+)\n\n/m.exec(text);
    if (event?.[1] && event[2]) {
      stop.abort();
      const change = JSON.parse(event[2]) as Change;
      assert(event[1].startsWith(`${change.seq}-`));
      return change;
    }
  }
  throw new Error("the stream ended");
}

export async function feed(): Promise<void> {
  const mirror = new Mirror();
  const count = await mirror.follow();
  const events = body(await visitor.GET("/api/v1/events", { params: { query: { limit: 200 } } }));
  assert(events.items.length > 0 && events.items.every(({ id, title }) => mirror.names.get(id) === title.de));
  const only = body(await visitor.GET("/api/v1/changes", { params: { query: { kind: ["cluster"], limit: 200 } } }));
  assert(only.items.length > 0 && only.items.every(({ kind }) => kind === "cluster"));
  const [cluster] = only.items;
  assert(cluster?.slug && !("record" in cluster));

  const before = mirror.cursor;
  const name = `Umbenannt nach ${before}`;
  const waiting = visitor.GET("/api/v1/changes", { params: { query: { since: before, wait: 30 } } });
  await renameCluster(cluster.id, name);
  assert.deepEqual(body(await waiting).items.map(({ id }) => id), [cluster.id]);
  const change = await firstEvent(before);
  assert(change.kind === "cluster" && change.id === cluster.id && change.record?.name.de === name);
  assert.equal(await mirror.follow(), 1);
  assert.equal(mirror.names.get(cluster.id), name);
  refusal(await visitor.GET("/api/v1/changes", { params: { query: { since: "1-0123456789abcdef" } } }), 400);
  console.log(`  changes: ${count} mirrored, waited for one, streamed one`);
}

export async function audit(): Promise<void> {
  refusal(await visitor.GET("/api/v1/audit"), 401);
  refusal(await editor.GET("/api/v1/audit"), 403);
  const [actor, role, action, kind] = [["check"], ["editor" as const], ["revert" as const], ["cluster" as const]];
  const { items } = body(await auditor.GET("/api/v1/audit", { params: { query: { actor, role, action, kind } } }));
  assert(items.length > 0 && items.every((entry) => entry.actor === "check" && entry.kind === "cluster" && entry.token));
  const [entry] = items;
  assert(entry?.token);
  const query = { id: [entry.id], token: [entry.token], from: entry.at, to: entry.at };
  assert.deepEqual(body(await auditor.GET("/api/v1/audit", { params: { query } })).items, [entry]);

  const first = body(await auditor.GET("/api/v1/audit", { params: { query: { limit: 5 } } }));
  assert(first.next);
  const cursor = cursorOf(first.next);
  const second = body(await auditor.GET("/api/v1/audit", { params: { query: { limit: 5, cursor } } }));
  const seqs = [...first.items, ...second.items].map(({ seq }) => seq);
  assert.deepEqual(seqs, [...new Set(seqs)].sort((a, b) => b - a), "latest first");
  console.log("  audit");
}
