// The landscape as a whole.

import assert from "node:assert/strict";
import { body, refusal, visitor } from "./session.js";

/** By what numbers and graph can be narrowed. */
const narrow = { region: ["DE1"], planning_region: ["stuttgart"], technology_field: ["ikt"], industry: ["C"], label: ["go-cluster"] };

export async function stats(): Promise<void> {
  const all = body(await visitor.GET("/api/v1/stats")).kinds;
  assert.deepEqual(all.map(({ kind }) => kind), ["cluster", "initiative", "network", "measure", "event", "operation", "member"]);
  const members = all.find(({ kind }) => kind === "member");
  const companies = members?.facets["kind"]?.find(({ value }) => value === "company");
  const list = body(
    await visitor.GET("/api/v1/members", { params: { query: { kind: ["company"], with_total: true, limit: 1 } } }),
  );
  assert.equal(companies?.count, list.total);
  assert(all.some(({ years }) => years.some(({ year, count }) => year > 1900 && count > 0)));

  const [initiatives, ...others] = body(
    await visitor.GET("/api/v1/stats", { params: { query: { kind: ["initiative"], region: ["DE11"] } } }),
  ).kinds;
  assert.equal(others.length, 0);
  const found = body(
    await visitor.GET("/api/v1/initiatives", { params: { query: { region: ["DE11"], with_total: true, limit: 1 } } }),
  );
  assert.equal(initiatives?.count, found.total);
  const narrowed = body(await visitor.GET("/api/v1/stats", { params: { query: narrow } })).kinds;
  assert.deepEqual(narrowed.map(({ kind }) => kind), ["initiative", "network"], "only these have labels and fields");
  console.log("  stats");
}

export async function atlas(): Promise<void> {
  const get = (code: string) => visitor.GET("/api/v1/regions/{code}/atlas", { params: { path: { code } } });
  const page = body(await get("DE111"));
  assert.deepEqual([page.region.code, page.members.kind], ["DE111", "member"]);
  assert(page.initiatives.every(({ id, slug, name }) => id && slug && name));
  const whole = body(await get("DE1"));
  for (const part of ["clusters", "initiatives", "networks"] as const) {
    assert(whole[part].length >= page[part].length, part);
  }
  const starts = whole.events.map(({ starts_at }) => starts_at);
  assert.deepEqual(starts, [...starts].sort());
  assert(whole.members.count >= page.members.count && page.members.facets["kind"]);
  refusal(await get("XX9"), 404);
  console.log("  atlas");
}

export async function graph(): Promise<void> {
  const { nodes, edges } = body(await visitor.GET("/api/v1/graph"));
  const ids = new Set(nodes.map(({ id }) => id));
  assert(edges.length > 0 && edges.every(({ source, target, weight }) => ids.has(source) && ids.has(target) && weight > 0));
  assert(edges.some(({ relation }) => relation === "shared_members"));
  assert(nodes.every(({ degree, betweenness }) => degree >= 0 && betweenness >= 0 && betweenness <= 1));
  const networks = body(await visitor.GET("/api/v1/graph", { params: { query: { ...narrow, kind: ["network"] } } }));
  assert(networks.nodes.every(({ kind }) => kind === "network"));
  const graphml = await visitor.GET("/api/v1/graph", { params: { query: { format: "graphml" } }, parseAs: "text" });
  assert(body(graphml).includes("<graphml "));
  assert.equal(graphml.response.headers.get("content-type"), "application/graphml+xml");
  console.log(`  graph: ${nodes.length} nodes, ${edges.length} edges`);
}

export async function admission(): Promise<void> {
  const get = (key: string) => visitor.GET("/api/v1/initiatives/{key}/admission", { params: { path: { key } } });
  const { criteria } = body(await get("packaging-valley"));
  const sets = criteria.map(({ set }) => set);
  assert.deepEqual(sets, [...Array(6).fill("state"), ...Array(3).fill("europe")]);
  assert(criteria.every(({ id, state, evidence }) => id && evidence && ["met", "not_met", "unknown"].includes(state)));
  refusal(await get("gibt-es-nicht"), 404);
  console.log("  admission");
}
