// The API's documentation, drawn from openapi.json: operations by tag, schemas, problems.
"use strict";

const main = document.getElementById("content");
let api;

function el(name, attributes, ...children) {
  const node = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === true) node.setAttribute(key, "");
    else if (value !== undefined && value !== false) node.setAttribute(key, value);
  }
  node.append(...children.flat(Infinity).filter((child) => child || child === 0));
  return node;
}

// What a $ref stands for, with what is written beside it, and the schema's name.
function resolve(object) {
  if (!object?.$ref) return object;
  const { $ref, ...beside } = object;
  const found = $ref.slice(2).split("/").reduce((at, key) => at[key.replaceAll("~1", "/").replaceAll("~0", "~")], api);
  return { ...resolve(found), ...beside };
}
const nameOf = (schema) => schema?.$ref?.split("/").pop();

// Paragraphs with `code` and **strong**, which is all of Markdown that the descriptions use.
function inline(text) {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part) => {
    if (part.startsWith("`")) return el("code", {}, part.slice(1, -1));
    if (part.startsWith("**")) return el("strong", {}, part.slice(2, -2));
    return part;
  });
}
const prose = (text) => (text ?? "").split("\n\n").filter(Boolean).map((paragraph) => el("p", {}, inline(paragraph)));

// JSON with its keys, strings and numbers coloured.
function coloured(value) {
  const kinds = { '"': "s", k: "k" };
  return JSON.stringify(value, null, 2).split(/("(?:\\.|[^"\\])*"(?:: )?|-?\b\d[\d.eE+-]*\b|\b(?:true|false|null)\b)/)
    .map((part, i) => {
      if (i % 2 === 0) return part;
      const kind = part.endsWith(": ") ? "k" : kinds[part[0]] ?? "n";
      return el("span", { class: kind }, part);
    });
}

function codeBlock(content, text, wraps) {
  const button = el("button", { type: "button", class: "copy" }, "Copy");
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text).catch(() => {});
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
  return el("div", { class: "code" }, el("pre", { tabindex: "0", class: wraps ? "wrap" : undefined }, content), button);
}
const jsonBlock = (value) => codeBlock(coloured(value), JSON.stringify(value, null, 2));

// ---- Schemas ----

function kindOf(schema) {
  const full = resolve(schema);
  if (full.oneOf && !full.type) {
    const nullable = full.oneOf.some((option) => option.type === "null");
    const rest = full.oneOf.filter((option) => option.type !== "null");
    return kindOf(rest[0]) + (nullable ? " or null" : "");
  }
  const types = [full.type ?? "object"].flat();
  const first = types[0] === "array" ? `list of ${kindOf(full.items ?? {})}` : types[0];
  const named = types[0] === "object" && nameOf(schema) ? nameOf(schema) : first;
  return named + (types.includes("null") && types.length > 1 ? " or null" : "");
}

function limitsOf(schema) {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema;
  const range = (low, high, unit) => {
    if (low === undefined && high === undefined) return "";
    if (high === undefined) return low === 0 && !unit ? "" : `at least ${low}${unit}`;
    return low === undefined ? `at most ${high}${unit}` : low === high ? `${low}${unit}` : `${low} to ${high}${unit}`;
  };
  return [
    schema.enum && `one of ${schema.enum.join(", ")}`,
    schema.default !== undefined && `default ${schema.default}`,
    range(minimum, maximum, ""),
    minLength === 1 && maxLength === undefined ? "" : range(minLength, maxLength, " characters"),
    range(minItems, maxItems, " items"),
    schema.format && `format ${schema.format}`,
    schema.pattern && `pattern ${schema.pattern}`,
  ].filter(Boolean).join("; ");
}

// Properties of an object schema, those of allOf among them.
function propertiesOf(schema) {
  const full = resolve(schema);
  const parts = (full.allOf ?? []).map(propertiesOf);
  const required = [...parts.flatMap((part) => part.required), ...(full.required ?? [])];
  return { properties: Object.assign({}, ...parts.map((part) => part.properties), full.properties), required };
}

// The object schema inside of lists and alternatives with null, if there is one.
function objectIn(schema) {
  const full = resolve(schema);
  if (full.properties || full.allOf) return schema;
  if (full.items) return objectIn(full.items);
  const option = full.oneOf?.find((one) => one.$ref || one.properties);
  if (option) return objectIn(option);
  return typeof full.additionalProperties === "object" ? objectIn(full.additionalProperties) : undefined;
}

function field(name, schema, { must, where, above }) {
  const full = resolve(schema);
  const inner = objectIn(schema);
  const limits = limitsOf(full);
  return el("li", {},
    el("code", { class: "name" }, name),
    el("span", { class: "kind" }, kindOf(schema) + (where ? `, ${where}` : "")),
    must && el("span", { class: "must" }, "required"),
    full.description && el("div", { class: "text" }, inline(full.description)),
    limits && el("div", { class: "limits" }, limits),
    inner && !above.includes(nameOf(inner)) && nested(inner, above));
}

// Drawn when it is opened: schemas lie deep within each other.
function nested(schema, above) {
  const details = el("details", { class: "nested" }, el("summary", {}, nameOf(schema) ?? "Its fields"));
  details.addEventListener("toggle", () => {
    if (details.children.length === 1) details.append(fieldsOf(schema, [...above, nameOf(schema)]));
  });
  return details;
}

function fieldsOf(schema, above = []) {
  const { properties, required } = propertiesOf(schema);
  return el("ul", { class: "fields" },
    Object.entries(properties).map(([name, inner]) => field(name, inner, { must: required.includes(name), above })));
}

// ---- Operations ----

function mediaSection(content) {
  return Object.entries(content ?? {}).map(([type, media]) => {
    const inner = media.schema && objectIn(media.schema);
    return el("div", {}, el("p", { class: "limits" }, el("code", {}, type)),
      inner && fieldsOf(inner, [nameOf(inner)]));
  });
}

function whoMay(operation) {
  const wanted = operation.security ?? api.security;
  if (wanted.length === 0) return "For everybody.";
  const words = wanted.map((option) => {
    const [name] = Object.keys(option);
    if (!name) return "anybody, where this server allows anonymous work";
    if (name === "session") return "a browser's session";
    if (name === "capability") return "a capability";
    const scope = option[name][0];
    return scope ? `a token, or an API key with the scope “${scope}”` : "a session's token";
  });
  return `For ${words.join("; ")}.`;
}

const sample = (parameter) => parameter.example ?? parameter.schema.default ?? parameter.schema.enum?.[0] ?? "…";

function curlLine(path, method, operation) {
  const parameters = (operation.parameters ?? []).map(resolve);
  const filled = path.replace(/\{(\w+)\}/g, (all, name) =>
    sample(parameters.find((one) => one.in === "path" && one.name === name) ?? { schema: {} }));
  const security = operation.security ?? api.security;
  const content = operation.requestBody?.content ?? {};
  const json = content["application/json"];
  const query = parameters.find((one) => one.in === "query" && one.required);
  const url = location.origin + api.servers[0].url + filled + (query ? `?${query.name}=${sample(query)}` : "");
  return [
    "curl",
    method !== "get" && !(method === "post" && Object.keys(content).length) ? `-X ${method.toUpperCase()}` : "",
    security.some((option) => option.bearer) ? "-H 'Authorization: Bearer KEY'" : "",
    json ? `--json '${JSON.stringify(json.example)}'` : "",
    content["multipart/form-data"] ? formFields(content["multipart/form-data"].schema) : "",
    Object.values(operation.responses).some((one) => binaryType(resolve(one))) ? "-O" : "",
    `'${url}'`,
  ].filter(Boolean).join(" ");
}

function formFields(schema) {
  const { properties, required } = propertiesOf(schema);
  return Object.keys(properties).filter((name) => required.includes(name))
    .map((name) => (name === "image" ? "-F image=@chest.png" : `-F '${name}=Chest'`)).join(" ");
}

const binaryType = (response) => Object.keys(response.content ?? {}).find((type) => /^image|pdf$/.test(type));

function answer([status, reference]) {
  const response = resolve(reference);
  const headers = Object.entries(response.headers ?? {});
  const kind = status < 400 ? "status fine" : "status wrong";
  const summary = el("summary", {}, el("span", { class: kind }, status), " ", inline(response.description));
  return el("details", {}, summary,
    headers.length > 0 && el("ul", { class: "fields" }, headers.map(([name, header]) => {
      const full = resolve(header);
      return field(name, { ...full.schema, description: full.description }, { must: full.required, where: "header", above: [] });
    })),
    mediaSection(response.content));
}

function exampleOf([status, reference]) {
  const response = resolve(reference);
  return Object.values(response.content ?? {}).flatMap((media) => {
    const named = Object.values(media.examples ?? {}).map(resolve);
    const all = media.example === undefined ? named : [{ value: media.example }];
    return all.flatMap((one) =>
      [el("h4", {}, `Answer ${status}${one.summary ? `: ${one.summary}` : ""}`), jsonBlock(one.value)]);
  });
}

function parameterList(operation) {
  const parameters = (operation.parameters ?? []).map(resolve);
  if (parameters.length === 0) return [];
  return [el("h4", {}, "Parameters"), el("ul", { class: "fields" }, parameters.map((one) =>
    field(one.name, { ...one.schema, description: one.description }, { must: one.required, where: one.in, above: [] })))];
}

function drawOperation({ path, method, operation }) {
  const answers = Object.entries(operation.responses);
  const curl = curlLine(path, method, operation);
  const left = el("div", {},
    el("h3", {}, el("a", { href: `#${operation.operationId}` }, operation.summary)),
    el("p", { class: "line" }, el("span", { class: `method ${method}` }, method),
      el("span", { class: "path" }, api.servers[0].url + path)),
    el("div", { class: "prose" }, prose(operation.description)),
    el("p", { class: "who" }, whoMay(operation)),
    parameterList(operation),
    operation.requestBody ? [el("h4", {}, "Body"), mediaSection(operation.requestBody.content)] : [],
    el("h4", {}, "Answers"), el("div", { class: "answers" }, answers.map(answer)));
  const right = el("div", { class: "examples" }, el("h4", {}, "Request"), codeBlock(curl, curl, true),
    answers.filter(([status]) => status < 400).flatMap(exampleOf));
  return el("section", { class: "operation", id: operation.operationId, "data-text": searchText(path, method, operation) },
    left, right);
}

function searchText(path, method, operation) {
  const parameters = (operation.parameters ?? []).map((one) => resolve(one).name);
  return [method, path, operation.summary, operation.description, ...parameters, ...Object.keys(operation.responses)]
    .join(" ").toLowerCase();
}

// ---- The page ----

const operations = () => Object.entries(api.paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ path, method, operation })));

function drawTag(tag, list) {
  return el("section", { class: "tag" }, el("h2", {}, tag.name), el("div", { class: "lead prose" }, prose(tag.description)),
    list.map(drawOperation));
}

function drawProblems() {
  const kinds = api.components.schemas.Problem.properties.type.oneOf;
  return el("section", { class: "plain", id: "problems" }, el("h2", {}, "Problems"),
    el("table", {}, el("thead", {}, el("tr", {}, ["Status", "type", "Meaning"].map((text) => el("th", { scope: "col" }, text)))),
      el("tbody", {}, kinds.map((kind) => el("tr", { id: kind.const.split("#")[1] },
        el("td", {}, el("span", { class: "status wrong" }, kind.title)), el("td", {}, el("code", {}, kind.const)),
        el("td", {}, inline(kind.description)))))));
}

function drawSchemas() {
  const list = Object.entries(api.components.schemas).filter(([, schema]) => schema.properties);
  return el("section", { class: "plain", id: "schemas" }, el("h2", {}, "Schemas"), list.map(([name, schema]) => {
    const details = el("details", { class: "schema", id: `schema-${name}` }, el("summary", {}, name),
      schema.description && el("p", { class: "text" }, inline(schema.description)));
    details.append(fieldsOf({ $ref: `#/components/schemas/${name}` }, [name]));
    return details;
  }));
}

function drawIndex(groups) {
  const entry = ({ method, operation }) => el("li", { "data-for": operation.operationId },
    el("a", { href: `#${operation.operationId}` }, el("span", { class: `method ${method}` }, method), operation.summary));
  const plain = (id, text) => el("li", {}, el("a", { href: `#${id}` }, el("span", {}), text));
  document.getElementById("index").append(
    ...groups.map(([tag, list]) => el("div", {}, el("h2", {}, tag.name), el("ul", {}, list.map(entry)))),
    el("div", {}, el("h2", {}, "Reference"), el("ul", {}, plain("problems", "Problems"), plain("schemas", "Schemas"))));
}

// Show the operations, and their entries in the index, that have every word.
function filter(words) {
  let shown = 0;
  for (const section of main.querySelectorAll(".operation")) {
    const fits = words.every((word) => section.dataset.text.includes(word));
    section.hidden = !fits;
    document.querySelector(`[data-for="${section.id}"]`).hidden = !fits;
    shown += fits;
  }
  for (const group of document.querySelectorAll(".tag, #index > div")) {
    const entries = group.querySelectorAll(".operation, [data-for]");
    group.hidden = entries.length > 0 && [...entries].every((entry) => entry.hidden);
  }
  document.getElementById("nothing").hidden = shown > 0;
}

function followHash() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  for (const link of document.querySelectorAll("#index a"))
    if (link.hash === location.hash) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  if (target?.tagName === "DETAILS") target.open = true;
  target?.scrollIntoView();
}

async function start() {
  const response = await fetch("/api/v1/openapi.json");
  if (!response.ok) throw new Error(`openapi.json: ${response.status}`);
  api = await response.json();
  const groups = api.tags.map((tag) => [tag, operations().filter(({ operation }) => operation.tags.includes(tag.name))]);
  document.getElementById("edition").textContent = `version ${api.info.version}`;
  main.replaceChildren(el("h1", {}, `${api.info.title} API`),
    el("div", { class: "lead" }, el("p", {}, api.info.summary), prose(api.info.description)),
    ...groups.map(([tag, list]) => drawTag(tag, list)), drawProblems(), drawSchemas());
  drawIndex(groups);
  const input = document.getElementById("filter");
  input.addEventListener("input", () => filter(input.value.toLowerCase().split(/\s+/).filter(Boolean)));
  addEventListener("hashchange", followHash);
  if (location.hash) {
    history.scrollRestoration = "manual";
    document.querySelector(":target") ?? (location.href = location.hash);
    followHash();
  }
}

start().catch((error) => {
  document.getElementById("state").textContent = `The description could not be loaded: ${error.message}`;
});
