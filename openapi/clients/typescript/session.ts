// Who calls, and what is expected of answers.

import assert from "node:assert/strict";
import { connect } from "./operations.js";
import type { Answer, Schemas } from "./operations.js";

type Problem = Schemas["Problem"];

const [address] = process.argv.slice(2);
const { EDITOR_TOKEN, CHAMBER_TOKEN, AUDITOR_TOKEN } = process.env;
const usage = "usage: EDITOR_TOKEN=... CHAMBER_TOKEN=... AUDITOR_TOKEN=... node use.js BASE_URL";
assert(address && EDITOR_TOKEN && CHAMBER_TOKEN && AUDITOR_TOKEN, usage);
export const baseUrl = address;
export const visitor = connect(baseUrl);
export const editor = connect(baseUrl, { Authorization: `Bearer ${EDITOR_TOKEN}` });
export const chamber = connect(baseUrl, { Authorization: `Bearer ${CHAMBER_TOKEN}` });
export const auditor = connect(baseUrl, { Authorization: `Bearer ${AUDITOR_TOKEN}` });

/** The body of an answer that must have gone well. */
export function body<Data>(answer: Answer<Data>, status = 200): Data {
  assert.equal(answer.response.status, status, JSON.stringify(answer.error));
  assert(answer.data !== undefined);
  return answer.data;
}

/** The problem of an answer that must be a refusal. */
export function refusal(answer: Answer<unknown>, status: number): Problem {
  assert.equal(answer.response.status, status);
  const problem = answer.error;
  assert(problem);
  assert.equal(answer.response.headers.get("content-type"), "application/problem+json");
  assert.equal(problem.status, status);
  assert(problem.type.startsWith(`${baseUrl}/problems/`), problem.type);
  assert(problem.title && problem.detail && problem.instance.startsWith("/api/v1/"));
  return problem;
}

export function etag({ response }: { response: Response }): string {
  const value = response.headers.get("ETag");
  assert(value);
  return value;
}

/** The cursor in the address of the next page. */
export function cursorOf(next: string, name: "cursor" | "since" = "cursor"): string {
  const cursor = new URL(next).searchParams.get(name);
  assert(cursor);
  return cursor;
}
