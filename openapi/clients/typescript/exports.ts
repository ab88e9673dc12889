// Exports: each is an operation with one media type, so that its type needs no asking for one.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";
import { baseUrl, body } from "./session.js";

export async function exports(): Promise<void> {
  const client = createClient<paths>({ baseUrl });
  const geojson = body(await client.GET("/api/v1/initiatives.geojson"));
  const names: string[] = geojson.features.map(({ properties }) => properties.name);
  assert(names.length > 0 && names.every((name) => name.length > 0));
  const csv: string = body(await client.GET("/api/v1/initiatives.csv", { parseAs: "text" }));
  assert(csv.trimEnd().split("\r\n").length > names.length);
  const ndjson = await client.GET("/api/v1/initiatives.ndjson", { params: { query: { limit: 3 } }, parseAs: "text" });
  assert.equal(body(ndjson).trimEnd().split("\n").length, 3);
  const tag = ndjson.response.headers.get("etag");
  assert(tag);
  const again = await client.GET("/api/v1/initiatives.ndjson", {
    params: { query: { limit: 3 }, header: { "If-None-Match": tag } },
    parseAs: "text",
  });
  assert.equal(again.response.status, 304);
  console.log(`  exports: ${names.length} initiatives`);
}
