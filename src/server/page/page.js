// The page: sends a radiograph to /api/v1/predict and shows findings, scores and heat maps.

const $ = (id) => document.getElementById(id);
const state = { image: null, findings: [], chosen: 0, heat: [], request: null, sample: 0 };

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// ---- Colours: TURBO, by Mikhailov's polynomials ----

function turbo(x) {
  const channel = (c) => c.reduceRight((sum, k) => sum * x + k, 0);
  return [
    [0.13572138, 4.6153926, -42.66032258, 132.13108234, -152.94239396, 59.28637943],
    [0.09140261, 2.19418839, 4.84296658, -14.18503333, 4.27729857, 2.82956604],
    [0.1066733, 12.64194608, -60.58204836, 110.36276771, -89.90310912, 27.34824973],
  ].map((c) => Math.round(255 * Math.min(1, Math.max(0, channel(c)))));
}
const palette = Array.from({ length: 256 }, (_, level) => turbo(level / 255));

function drawLegend() {
  const context = $("legend").getContext("2d");
  palette.forEach(([r, g, b], x) => {
    context.fillStyle = `rgb(${r} ${g} ${b})`;
    context.fillRect(x, 0, 1, 1);
  });
}

// ---- Picture ----

async function loadPicture(url) {
  const picture = new Image();
  picture.src = url;
  await picture.decode();
  return picture;
}

// A grey heat map as a layer whose colour and opacity grow with the evidence.
async function colourHeatMap(url) {
  const grey = await loadPicture(url);
  const layer = element("canvas", { width: grey.naturalWidth, height: grey.naturalHeight });
  const context = layer.getContext("2d", { willReadFrequently: true });
  context.drawImage(grey, 0, 0);
  const pixels = context.getImageData(0, 0, layer.width, layer.height);
  for (let i = 0; i < pixels.data.length; i += 4) {
    const level = pixels.data[i];
    pixels.data.set(palette[level], i);
    pixels.data[i + 3] = Math.min(255, 1.6 * level);
  }
  context.putImageData(pixels, 0, 0);
  return layer;
}

function drawBox(context, box, scale) {
  if (!box || !$("box").checked) return;
  const [x, y, width, height] = box.map((side) => side * scale);
  for (const [colour, line] of [["#000a", 5], ["#fff", 2]]) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.strokeRect(x, y, width, height);
  }
}

function draw() {
  if (!state.image) return;
  const { naturalWidth: width, naturalHeight: height } = state.image;
  const longer = Math.max(width, height);
  const scale = Math.min(1400, Math.max(900, longer)) / longer;
  const canvas = $("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(state.image, 0, 0, canvas.width, canvas.height);
  const finding = state.findings[state.chosen];
  canvas.ariaLabel = finding ? `Radiograph with the heat map of ${finding.name}` : "Radiograph";
  if (!finding) return;
  const opacity = $("opacity").value / 100;
  if (state.heat[state.chosen] && opacity > 0) {
    context.globalAlpha = opacity;
    context.drawImage(state.heat[state.chosen], 0, 0, canvas.width, canvas.height);
    context.globalAlpha = 1;
  }
  drawBox(context, finding.box, scale);
}

// ---- Findings ----

function decisionOf({ decision }) {
  if (decision === undefined) return ["unknown", "No threshold set"];
  return decision ? ["yes", "Suspected"] : ["no", "Not suspected"];
}

const percent = (value) => `${(100 * value).toFixed(1)} %`;

function findingRow(finding, index) {
  const [kind, words] = decisionOf(finding);
  const radio = element("input", { type: "radio", name: "finding", className: "hidden", checked: index === state.chosen });
  radio.addEventListener("change", () => {
    state.chosen = index;
    draw();
  });
  const meter = element("span", { className: "meter", ariaHidden: "true" }, element("span", { className: "fill" }));
  meter.style.setProperty("--score", finding.score);
  if (finding.threshold !== undefined) {
    meter.style.setProperty("--threshold", finding.threshold);
    meter.append(element("span", { className: "tick" }));
  }
  const threshold = finding.threshold === undefined ? "no threshold" : `threshold ${percent(finding.threshold)}`;
  return element("label", { className: `finding ${kind}` }, radio,
    element("span", { className: "name", textContent: finding.name }),
    element("span", { className: "decision", textContent: words }), meter,
    element("span", { className: "numbers" },
      element("span", { textContent: `score ${percent(finding.score)}` }),
      element("span", { textContent: threshold })));
}

function memberTable({ ensemble, findings }) {
  const cell = (value) => (value === undefined ? "–" : (100 * value).toFixed(1));
  const head = element("tr", {}, element("th", { textContent: "Scores in %", scope: "col" }),
    ...findings.map(({ name }) => element("th", { scope: "col" },
      element("abbr", { textContent: name.slice(0, 5), title: name }))));
  const rows = ensemble.members.map(({ name }) => element("tr", {},
    element("th", { textContent: name.replaceAll("_", " "), scope: "row" }),
    ...findings.map(({ members }) => element("td", { textContent: cell(members[name]) }))));
  $("members").replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
}

function showFacts(reading, seconds) {
  const facts = {
    Ensemble: reading.ensemble.name,
    Version: reading.ensemble.version,
    Image: `${reading.width} × ${reading.height} pixels`,
    "SHA-256": reading.sha256,
    Time: `${seconds.toFixed(1)} s`,
  };
  $("facts").replaceChildren(...Object.entries(facts).flatMap(([term, text]) =>
    [element("dt", { textContent: term }), element("dd", { textContent: text })]));
}

// The finding that stands out most, relative to its threshold, is shown first.
function leading(findings) {
  const lead = ({ score, threshold }) => (threshold ? score / threshold : score);
  return findings.reduce((best, finding, i) => (lead(finding) > lead(findings[best]) ? i : best), 0);
}

async function showReading(reading, seconds) {
  state.heat = await Promise.all(reading.findings.map(({ heatmap }) => heatmap ? colourHeatMap(heatmap) : null));
  state.findings = reading.findings;
  state.chosen = leading(reading.findings);
  $("findings").replaceChildren(...reading.findings.map(findingRow));
  memberTable(reading);
  showFacts(reading, seconds);
  showNotice(reading.notice);
  $("hint").textContent = "Choose a finding to see its heat map.";
  $("status").textContent = reading.findings.map((f) => `${f.name}: ${decisionOf(f)[1]}, score ${percent(f.score)}`).join(". ");
  $("details").hidden = $("view").hidden = false;
  draw();
}

// ---- Sending ----

function showNotice(notice) {
  $("notice").hidden = !notice;
  $("notice").textContent = notice ? notice[0].toUpperCase() + notice.slice(1) : "";
}

function setBusy(busy) {
  $("busy").hidden = !busy;
  $("sample").disabled = busy;
  $("viewer").ariaBusy = String(busy);
}

function showError(text) {
  $("error").textContent = text;
  $("error").hidden = !text;
}

function forgetReading() {
  Object.assign(state, { findings: [], heat: [], chosen: 0 });
  $("findings").replaceChildren();
  $("hint").textContent = "Scores, thresholds and decisions appear here.";
  $("details").hidden = $("view").hidden = true;
  $("status").textContent = "";
  showError("");
}

async function showPicture(blob) {
  const before = state.image;
  const url = URL.createObjectURL(blob);
  state.image = await loadPicture(url).catch(() => null);
  if (before) URL.revokeObjectURL(before.src);
  document.body.classList.toggle("reading", Boolean(state.image));
  $("canvas").hidden = !state.image;
  $("drop").hidden = Boolean(state.image);
  $("choose").textContent = state.image ? "Choose another" : "Choose an X-ray";
  draw();
}

async function askServer(blob, signal) {
  const response = await fetch("/api/v1/predict?heatmaps=1", {
    method: "POST", body: blob, signal, headers: { "Content-Type": "application/octet-stream" },
  });
  const answer = await response.json();
  const reasons = answer.errors?.map(({ message }) => message).join(" ");
  if (!response.ok) throw new Error(reasons ?? answer.detail ?? `The server answered ${response.status}.`);
  return answer;
}

async function read(getBlob) {
  state.request?.abort();
  const request = (state.request = new AbortController());
  forgetReading();
  setBusy(true);
  try {
    const blob = await getBlob(request.signal);
    await showPicture(blob);
    const started = performance.now();
    const answer = await askServer(blob, request.signal);
    if (request === state.request) await showReading(answer, (performance.now() - started) / 1000);
  } catch (error) {
    if (request === state.request && error.name !== "AbortError") {
      showError(error instanceof TypeError ? "The server cannot be reached." : error.message);
    }
  } finally {
    if (request === state.request) setBusy(false);
  }
}

async function fetchSample(signal) {
  state.sample += 1;
  const response = await fetch(`/phantom.png?seed=${state.sample}`, { signal });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  return response.blob();
}

function accept(files) {
  if (files.length > 0) read(async () => files[0]);
}

function listen() {
  $("file").addEventListener("change", (event) => {
    accept([...event.target.files]);
    event.target.value = "";
  });
  $("choose").addEventListener("click", () => $("file").click());
  $("sample").addEventListener("click", () => read(fetchSample));
  $("opacity").addEventListener("input", (event) => {
    event.target.ariaValueText = `${event.target.value} %`;
    draw();
  });
  $("box").addEventListener("change", draw);
  const stage = $("stage");
  for (const type of ["dragover", "dragleave", "drop"]) {
    addEventListener(type, (event) => {
      event.preventDefault();
      stage.classList.toggle("over", type === "dragover");
      if (type === "drop") accept([...event.dataTransfer.files]);
    });
  }
  addEventListener("paste", (event) => accept([...event.clipboardData.files]));
}

async function describe() {
  const response = await fetch("/api/v1/models");
  const { name, members, notice, max_upload_bytes: limit } = await response.json();
  $("ensemble").textContent = `${name} · ${members.length} networks`;
  $("limit").textContent = ` · up to ${Math.floor(limit / 2 ** 20)} MiB`;
  showNotice(notice);
}

drawLegend();
listen();
describe().catch(() => showError("The server cannot be reached."));
