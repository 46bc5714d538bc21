// What the page does beyond plain forms: drop a file, filter at once, dismiss reasons, correct without leaving.
"use strict";

const ask = document.getElementById("ask");
const filters = document.getElementById("filters");

function say(text) {
  const message = document.getElementById("message");
  message.textContent = text;
  message.hidden = !text;
}

if (ask) {
  const text = ask.elements.text;
  const file = ask.elements.file;
  const most = Number(ask.dataset.most);

  ask.addEventListener("submit", (event) => {
    if (file.files.length && file.files[0].size > 0.9 * most) {
      event.preventDefault();
      say(`${file.files[0].name} is too large: at most ${Math.floor(0.9 * most / 1000)} kB here; use 'stance predict'`);
      return;
    }
    ask.querySelector("button.main").textContent = "Reading …";
  });
  addEventListener("pageshow", () => { ask.querySelector("button.main").textContent = "Read"; });

  for (const kind of ["dragenter", "dragover"]) {
    text.addEventListener(kind, (event) => {
      if (event.dataTransfer.types.includes("Files")) {
        event.preventDefault();
        text.classList.add("over");
      }
    });
  }
  text.addEventListener("dragleave", () => text.classList.remove("over"));
  text.addEventListener("drop", (event) => {
    text.classList.remove("over");
    if (event.dataTransfer.files.length) {
      event.preventDefault();
      file.files = event.dataTransfer.files;
      ask.requestSubmit();
    }
  });
}

if (filters) {
  filters.querySelector("button.plain").hidden = true;
  const count = document.getElementById("count");

  const narrow = () => {
    const wanted = new FormData(filters);
    const stances = wanted.getAll("stance");
    const passes = ({ actor, target, stance, probability }) =>
      (!wanted.get("actor") || wanted.get("actor") === actor) &&
      (!wanted.get("target") || wanted.get("target") === target) &&
      (!stances.length || stances.includes(stance)) &&
      Number(probability) >= Number(wanted.get("probability"));
    let shown = 0;
    let hidden = 0;
    for (const sentence of document.querySelectorAll(".sentence")) {
      let here = 0;
      for (const stance of sentence.querySelectorAll(".stance")) {
        stance.hidden = !passes(stance.dataset);
        here += stance.hidden ? 0 : 1;
        hidden += stance.hidden ? 1 : 0;
      }
      sentence.hidden = !here;
      shown += here;
    }
    for (const between of document.querySelectorAll(".between")) {
      between.hidden = hidden > 0;
    }
    count.textContent = `${shown} stance${shown === 1 ? "" : "s"}${hidden ? ` of ${shown + hidden}` : ""}`;
  };
  filters.addEventListener("input", narrow);
  // Enter in a field would press the first button, which a script has taken the place of.
  filters.addEventListener("submit", (event) => {
    if (event.submitter && event.submitter.classList.contains("plain")) {
      event.preventDefault();
      narrow();
    }
  });
  narrow();
}

function point(stance, pointed) {
  const actor = stance.closest(".sentence").querySelector(`.actor[data-start="${stance.dataset.mention}"]`);
  if (actor) {
    actor.classList.toggle("pointed", pointed);
  }
}

for (const stance of document.querySelectorAll(".stance")) {
  for (const [kind, pointed] of [["mouseenter", true], ["focusin", true], ["mouseleave", false], ["focusout", false]]) {
    stance.addEventListener(kind, () => {
      point(stance, pointed);
      stance.classList.remove("closed");
    });
  }
}

addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const stance of document.querySelectorAll(".stance:hover, .stance:focus-within")) {
      stance.classList.add("closed");
    }
  }
});

for (const form of document.querySelectorAll(".correct form")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const status = form.querySelector("[role=status]");
    status.textContent = "Saving …";
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { Accept: "application/json" },
      });
      status.textContent = answer.ok ? "Kept: the next model learns from it." : (await answer.json()).detail;
    } catch {
      status.textContent = "Not kept: the server does not answer.";
    }
  });
}
