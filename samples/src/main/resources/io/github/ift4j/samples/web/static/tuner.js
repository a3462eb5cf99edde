import { ask } from "./server.js";
import { draw } from "./curve.js";

const EVERY = 1000;
const byId = (id) => document.getElementById(id);
const set = (id, text) => (byId(id).textContent = text);
const clone = (id) => byId(id).content.firstElementChild.cloneNode(true);
const when = (time) => (time ? new Date(time).toLocaleString([], { dateStyle: "medium", timeStyle: "short" }) : "");

function show(state) {
  set("phase", state.phase);
  byId("phase").classList.toggle("busy", state.busy);
  set("recorded", state.recorded);
  set("good", state.good);
  set("bad", state.bad);
  set("fresh", state.fresh);
  byId("tune").disabled = state.busy;
  byId("cancel").disabled = !state.busy;
  problem(state.problem);
  showRun(state.run);
  showGate(state.gate);
  byId("versions").replaceChildren(...state.versions.map(version));
  byId("rollback").disabled = state.versions.every((one) => one.name === "0" || !one.active);
  byId("queue").replaceChildren(...state.queue.map(recorded));
}

let shown = null;

function showRun(run) {
  shown = run;
  const points = run?.curve ?? [];
  draw(byId("curve"), points, run?.steps ?? 0);
  set("progress", run ? `run ${run.number}: step ${run.step} of ${run.steps}, on ${run.train} exchanges` : "");
}

function showGate(gate) {
  if (!gate) {
    return;
  }
  byId("verdict").className = gate.passed ? "passed" : "refused";
  set("verdict", gate.reason);
  byId("gate").hidden = !gate.measured;
  set("before", gate.before.toFixed(4));
  set("after", gate.after.toFixed(4));
  set("margin", gate.margin.toFixed(4));
  set("heldOut", gate.heldOut);
}

function version(one) {
  const item = clone("version");
  item.classList.toggle("active", one.active);
  item.querySelector("strong").textContent = one.name === "0" ? "The model as it came" : `Version ${one.name}`;
  item.querySelector("span").textContent =
    one.name === "0" ? "untuned" : `${when(one.created)}, learned from ${one.examples} exchanges`;
  const use = item.querySelector("button");
  use.hidden = one.active;
  use.addEventListener("click", () => act("api/tuner/swap", { version: Number(one.name) }));
  return item;
}

function recorded(one) {
  const item = clone("exchange");
  const badge = item.querySelector(".badge");
  badge.textContent = one.rating || "not rated";
  badge.classList.toggle("good", one.rating === "good");
  badge.classList.toggle("bad", one.rating === "bad");
  const question = item.querySelector(".question");
  question.textContent = one.question || "someone else's exchange";
  question.classList.toggle("muted", !one.question);
  item.querySelector("time").textContent = when(one.time);
  return item;
}

function problem(text) {
  byId("problem").hidden = !text;
  set("problem", text ?? "");
}

async function act(path, body = {}) {
  try {
    await ask(path, body);
    await look();
  } catch (refused) {
    problem(refused.message);
  }
}

async function look() {
  try {
    show(await ask("api/tuner"));
    document.body.dataset.ready = "true";
  } catch (refused) {
    problem(refused.message);
  }
}

byId("tune").addEventListener("click", () => act("api/tuner/tune"));
byId("cancel").addEventListener("click", () => act("api/tuner/cancel"));
byId("rollback").addEventListener("click", () => act("api/tuner/rollback"));

addEventListener("resize", () => showRun(shown));

await look();
setInterval(look, EVERY);
