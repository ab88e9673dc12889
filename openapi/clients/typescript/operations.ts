// The operations of every kind, in one form: what differs is the types.

import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

export type Schemas = components["schemas"];

/** A client with the types of the description. The feed and the graph come in two formats; this one asks for JSON. */
export const connect = (baseUrl: string, headers: Record<string, string> = {}) =>
  createClient<paths, "application/json" | "application/problem+json">({
    baseUrl,
    headers: { Accept: "application/json", ...headers },
  });
export type Client = ReturnType<typeof connect>;

/** An answer of openapi-fetch; every refusal must have the type of a problem. */
export type Answer<Data> = { data?: Data; error?: Schemas["Problem"]; response: Response };

/** What every record has. */
export interface Common {
  id: string;
  slug?: string;
  status: Schemas["Cluster"]["status"];
  version: number;
}

/** As of when; now, unless it is given. */
export interface Moment {
  as_of?: string;
}

export interface Paging extends Moment {
  limit?: number;
  cursor?: string;
  with_total?: boolean;
  ids?: string[];
}

export interface Page<Item> {
  items: Item[];
  next: string | null;
  total?: number;
}

/** The operations of a kind. What was read can be written: hence `Item extends Input`. */
export interface Operations<Item extends Common & Input, Input, Patch> {
  list(query: Paging): Promise<Answer<Page<Item>>>;
  count(): Promise<Answer<Schemas["FacetCounts"]>>;
  create(body: Input, key?: string): Promise<Answer<Item>>;
  read(key: string, query?: Moment): Promise<Answer<Item>>;
  replace(key: string, version: string, body: Input): Promise<Answer<Item>>;
  patch(key: string, version: string, body: Patch): Promise<Answer<Item>>;
  archive(key: string, version: string): Promise<Answer<unknown>>;
  restore(key: string): Promise<Answer<Item>>;
  versions(key: string): Promise<Answer<Schemas["VersionList"]>>;
  version(key: string, version: number): Promise<Answer<Item>>;
  revert(key: string, version: number, expected?: string): Promise<Answer<Item>>;
}

const mergePatch = { "Content-Type": "application/merge-patch+json" };

export const clusters = (
  client: Client,
): Operations<Schemas["Cluster"], Schemas["ClusterInput"], Schemas["ClusterPatch"]> => ({
  list: async (query) => client.GET("/api/v1/clusters", { params: { query } }),
  count: async () => client.GET("/api/v1/clusters/facets"),
  create: async (body, key) =>
    client.POST("/api/v1/clusters", { params: { header: key ? { "Idempotency-Key": key } : {} }, body }),
  read: async (key, query = {}) => client.GET("/api/v1/clusters/{key}", { params: { path: { key }, query } }),
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
  versions: async (key) => client.GET("/api/v1/clusters/{key}/history", { params: { path: { key } } }),
  version: async (key, version) =>
    client.GET("/api/v1/clusters/{key}/history/{version}", { params: { path: { key, version } } }),
  revert: async (key, version, expected) =>
    client.POST("/api/v1/clusters/{key}/revert/{version}", {
      params: { path: { key, version }, header: expected ? { "If-Match": expected } : {} },
    }),
});

export const initiatives = (
  client: Client,
): Operations<Schemas["Initiative"], Schemas["InitiativeInput"], Schemas["InitiativePatch"]> => ({
  list: async (query) => client.GET("/api/v1/initiatives", { params: { query } }),
  count: async () => client.GET("/api/v1/initiatives/facets"),
  create: async (body, key) =>
    client.POST("/api/v1/initiatives", { params: { header: key ? { "Idempotency-Key": key } : {} }, body }),
  read: async (key, query = {}) => client.GET("/api/v1/initiatives/{key}", { params: { path: { key }, query } }),
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
  versions: async (key) => client.GET("/api/v1/initiatives/{key}/history", { params: { path: { key } } }),
  version: async (key, version) =>
    client.GET("/api/v1/initiatives/{key}/history/{version}", { params: { path: { key, version } } }),
  revert: async (key, version, expected) =>
    client.POST("/api/v1/initiatives/{key}/revert/{version}", {
      params: { path: { key, version }, header: expected ? { "If-Match": expected } : {} },
    }),
});

export const networks = (
  client: Client,
): Operations<Schemas["Network"], Schemas["NetworkInput"], Schemas["NetworkPatch"]> => ({
  list: async (query) => client.GET("/api/v1/networks", { params: { query } }),
  count: async () => client.GET("/api/v1/networks/facets"),
  create: async (body, key) =>
    client.POST("/api/v1/networks", { params: { header: key ? { "Idempotency-Key": key } : {} }, body }),
  read: async (key, query = {}) => client.GET("/api/v1/networks/{key}", { params: { path: { key }, query } }),
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
  versions: async (key) => client.GET("/api/v1/networks/{key}/history", { params: { path: { key } } }),
  version: async (key, version) =>
    client.GET("/api/v1/networks/{key}/history/{version}", { params: { path: { key, version } } }),
  revert: async (key, version, expected) =>
    client.POST("/api/v1/networks/{key}/revert/{version}", {
      params: { path: { key, version }, header: expected ? { "If-Match": expected } : {} },
    }),
});

export const measures = (
  client: Client,
): Operations<Schemas["Measure"], Schemas["MeasureInput"], Schemas["MeasurePatch"]> => ({
  list: async (query) => client.GET("/api/v1/measures", { params: { query } }),
  count: async () => client.GET("/api/v1/measures/facets"),
  create: async (body, key) =>
    client.POST("/api/v1/measures", { params: { header: key ? { "Idempotency-Key": key } : {} }, body }),
  read: async (key, query = {}) => client.GET("/api/v1/measures/{key}", { params: { path: { key }, query } }),
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
  versions: async (key) => client.GET("/api/v1/measures/{key}/history", { params: { path: { key } } }),
  version: async (key, version) =>
    client.GET("/api/v1/measures/{key}/history/{version}", { params: { path: { key, version } } }),
  revert: async (key, version, expected) =>
    client.POST("/api/v1/measures/{key}/revert/{version}", {
      params: { path: { key, version }, header: expected ? { "If-Match": expected } : {} },
    }),
});

export const events = (
  client: Client,
): Operations<Schemas["Event"], Schemas["EventInput"], Schemas["EventPatch"]> => ({
  list: async (query) => client.GET("/api/v1/events", { params: { query } }),
  count: async () => client.GET("/api/v1/events/facets"),
  create: async (body, key) =>
    client.POST("/api/v1/events", { params: { header: key ? { "Idempotency-Key": key } : {} }, body }),
  read: async (key, query = {}) => client.GET("/api/v1/events/{key}", { params: { path: { key }, query } }),
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
  versions: async (key) => client.GET("/api/v1/events/{key}/history", { params: { path: { key } } }),
  version: async (key, version) =>
    client.GET("/api/v1/events/{key}/history/{version}", { params: { path: { key, version } } }),
  revert: async (key, version, expected) =>
    client.POST("/api/v1/events/{key}/revert/{version}", {
      params: { path: { key, version }, header: expected ? { "If-Match": expected } : {} },
    }),
});

export const operations = (
  client: Client,
): Operations<Schemas["Operation"], Schemas["OperationInput"], Schemas["OperationPatch"]> => ({
  list: async (query) => client.GET("/api/v1/operations", { params: { query } }),
  count: async () => client.GET("/api/v1/operations/facets"),
  create: async (body, key) =>
    client.POST("/api/v1/operations", { params: { header: key ? { "Idempotency-Key": key } : {} }, body }),
  read: async (key, query = {}) => client.GET("/api/v1/operations/{key}", { params: { path: { key }, query } }),
  replace: async (key, version, body) =>
    client.PUT("/api/v1/operations/{key}", { params: { path: { key }, header: { "If-Match": version } }, body }),
  patch: async (key, version, body) =>
    client.PATCH("/api/v1/operations/{key}", {
      params: { path: { key }, header: { "If-Match": version } },
      headers: mergePatch,
      body,
    }),
  archive: async (key, version) =>
    client.DELETE("/api/v1/operations/{key}", { params: { path: { key }, header: { "If-Match": version } } }),
  restore: async (key) => client.POST("/api/v1/operations/{key}/restore", { params: { path: { key } } }),
  versions: async (key) => client.GET("/api/v1/operations/{key}/history", { params: { path: { key } } }),
  version: async (key, version) =>
    client.GET("/api/v1/operations/{key}/history/{version}", { params: { path: { key, version } } }),
  revert: async (key, version, expected) =>
    client.POST("/api/v1/operations/{key}/revert/{version}", {
      params: { path: { key, version }, header: expected ? { "If-Match": expected } : {} },
    }),
});

export const members = (
  client: Client,
): Operations<Schemas["Member"], Schemas["MemberInput"], Schemas["MemberPatch"]> => ({
  list: async (query) => client.GET("/api/v1/members", { params: { query } }),
  count: async () => client.GET("/api/v1/members/facets"),
  create: async (body, key) =>
    client.POST("/api/v1/members", { params: { header: key ? { "Idempotency-Key": key } : {} }, body }),
  read: async (key, query = {}) => client.GET("/api/v1/members/{key}", { params: { path: { key }, query } }),
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
  versions: async (key) => client.GET("/api/v1/members/{key}/history", { params: { path: { key } } }),
  version: async (key, version) =>
    client.GET("/api/v1/members/{key}/history/{version}", { params: { path: { key, version } } }),
  revert: async (key, version, expected) =>
    client.POST("/api/v1/members/{key}/revert/{version}", {
      params: { path: { key, version }, header: expected ? { "If-Match": expected } : {} },
    }),
});
