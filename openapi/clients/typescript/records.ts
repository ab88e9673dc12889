// A record of every kind: as it is created, changed, and refused.

import { clusters, events, initiatives, measures, members, networks, operations } from "./operations.js";
import type { Client, Common, Operations, Schemas } from "./operations.js";

export interface Case<Item extends Common & Input, Input, Patch> {
  operations: (client: Client) => Operations<Item, Input, Patch>;
  input: Input;
  patch: Patch;
  /** Fields as they must be after the patch. */
  patched: Partial<Item>;
  /** Well-typed, but against a rule, and where the fault lies. */
  bad: Input;
  pointer: string;
}

const name = (de: string) => ({ de: `${de} (TypeScript)`, en: null });

export const cluster: Case<Schemas["Cluster"], Schemas["ClusterInput"], Schemas["ClusterPatch"]> = {
  operations: clusters,
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

export const initiative: Case<Schemas["Initiative"], Schemas["InitiativeInput"], Schemas["InitiativePatch"]> = {
  operations: initiatives,
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
  patch: { contact: { email: null, phone: "+49 711 123-0" }, founded_on: "2009-04-01" },
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
    founded_on: "2009-04-01",
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

export const network: Case<Schemas["Network"], Schemas["NetworkInput"], Schemas["NetworkPatch"]> = {
  operations: networks,
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

export const measure: Case<Schemas["Measure"], Schemas["MeasureInput"], Schemas["MeasurePatch"]> = {
  operations: measures,
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

export const event: Case<Schemas["Event"], Schemas["EventInput"], Schemas["EventPatch"]> = {
  operations: events,
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

export const operation: Case<Schemas["Operation"], Schemas["OperationInput"], Schemas["OperationPatch"]> = {
  operations,
  input: {
    code: "TS-0001",
    name: name("Vorhaben Sensorik"),
    measure: "regiowin-2030",
    beneficiary: { kind: "legal_entity", name: "Sensor GmbH" },
    purpose: { de: "Aufbau eines Labors." },
    starts_on: "2024-03",
    total_cost: "850000",
    fund: "state",
  },
  patch: { total_cost: "900000.5", ends_on: "2026" },
  patched: { total_cost: "900000.50", ends_on: "2026" },
  bad: {
    code: "TS-0002",
    name: name("Ohne Satz"),
    measure: "regiowin-2030",
    beneficiary: { kind: "legal_entity", name: "Sensor GmbH" },
    purpose: { de: "Ein Fonds der Union verlangt mehr." },
    starts_on: "2024",
    total_cost: "1",
    fund: "erdf",
  },
  pointer: "/eu_cofinancing_rate",
};

export const member: Case<Schemas["Member"], Schemas["MemberInput"], Schemas["MemberPatch"]> = {
  operations: members,
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
