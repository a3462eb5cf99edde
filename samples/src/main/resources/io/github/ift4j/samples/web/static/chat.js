import { ask, stream } from "./server.js";

const byId = (id) => document.getElementById(id);
const messages = byId("messages");
const welcome = byId("welcome");
const form = byId("form");
const text = byId("text");

/** Shows a question with an answer that is still empty. */
function exchange(question) {
  welcome.hidden = true;
  const parts = byId("exchange").content.cloneNode(true);
  const [user, model] = parts.children;
  user.querySelector("p").textContent = question;
  messages.append(parts);
  model.scrollIntoView({ block: "end" });
  return model;
}

/** Lets an answer that is whole be rated. */
function finish(model, id, note, rating) {
  model.classList.remove("writing");
  const footer = model.querySelector("footer");
  footer.hidden = false;
  footer.querySelector(".note").textContent = note;
  const thumbs = footer.querySelectorAll(".thumb");
  for (const thumb of thumbs) {
    const good = thumb.classList.contains("good");
    thumb.hidden = !id;
    thumb.setAttribute("aria-pressed", String(rating === good));
    thumb.addEventListener("click", async () => {
      try {
        await ask("api/rating", { id, good });
        thumbs.forEach((other) => other.setAttribute("aria-pressed", String(other === thumb)));
      } catch (problem) {
        footer.querySelector(".note").textContent = problem.message;
      }
    });
  }
}

function fail(model, message) {
  model.classList.remove("writing");
  model.classList.add("failed");
  const paragraph = model.querySelector("p");
  paragraph.textContent = paragraph.textContent ? `${paragraph.textContent}\n${message}` : message;
}

function busy(writing) {
  byId("send").hidden = writing;
  byId("stop").hidden = !writing;
}

/** Appends pieces of text to an element, at most once a frame however fast they come. */
function writer(element, model) {
  let pending = "";
  const flush = () => {
    if (pending) {
      element.append(pending);
      pending = "";
      element.normalize();
      model.scrollIntoView({ block: "end" });
    }
  };
  return {
    add(text) {
      if (!pending) {
        requestAnimationFrame(flush);
      }
      pending += text;
    },
    flush,
  };
}

async function say(question) {
  const model = exchange(question);
  const answer = writer(model.querySelector("p"), model);
  model.classList.add("writing");
  busy(true);
  try {
    for await (const line of stream("api/chat", { text: question })) {
      if (line.type === "text") {
        answer.add(line.text);
        continue;
      }
      answer.flush();
      if (line.type === "done") {
        const cut = line.finish === "LENGTH" ? ", cut at its longest" : "";
        finish(model, line.id, `${line.model}, ${line.outputTokens} tokens${cut}`);
      } else if (line.type === "stopped") {
        finish(model, null, "stopped");
      } else {
        fail(model, line.message);
      }
    }
  } catch (problem) {
    answer.flush();
    fail(model, problem.message);
  } finally {
    model.classList.remove("writing");
    busy(false);
    text.focus();
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const question = text.value.trim();
  if (question && byId("stop").hidden) {
    text.value = "";
    say(question);
  }
});

text.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});

byId("stop").addEventListener("click", () => ask("api/stop", {}));

byId("new").addEventListener("click", async () => {
  await ask("api/new", {});
  messages.replaceChildren(welcome);
  welcome.hidden = false;
  text.focus();
});

byId("consent").addEventListener("change", (event) => ask("api/consent", { recorded: event.target.checked }));

byId("suggestions").addEventListener("click", (event) => {
  if (event.target.matches("button")) {
    say(event.target.textContent);
  }
});

const chat = await ask("api/chat");
byId("consent").checked = chat.recorded;
for (const turn of chat.turns) {
  const model = exchange(turn.question);
  model.querySelector("p").textContent = turn.answer;
  finish(model, turn.id, turn.id ? "" : "stopped", turn.rating ?? undefined);
}
document.body.dataset.ready = "true";
