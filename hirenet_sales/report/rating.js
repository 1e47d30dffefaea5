"use strict";
// A reader's ratings: kept in the page, saved and loaded as a file, beside what the answers moved.
const panel = document.getElementById("ratings");
const forms = [...document.querySelectorAll(".rating")];
const LEAST_RANKED = 4;

function scoresOf(form) {
  const scores = {};
  for (const field of form.querySelectorAll("fieldset")) {
    const chosen = field.querySelector("input:checked");
    if (chosen) scores[field.dataset.criterion] = Number(chosen.value);
  }
  return scores;
}
const complete = (form) => Object.keys(scoresOf(form)).length === form.querySelectorAll("fieldset").length;
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

function ranks(values) { // equal values share the mean of their ranks
  return values.map((value) => {
    const below = values.filter((other) => other < value).length;
    const equal = values.filter((other) => other === value).length;
    return below + (equal + 1) / 2;
  });
}

function rankCorrelation(one, other) {
  if (one.length < LEAST_RANKED) return null;
  const [a, b] = [ranks(one), ranks(other)].map((own) => own.map((rank) => rank - mean(own)));
  const spread = Math.sqrt(mean(a.map((x) => x * x)) * mean(b.map((x) => x * x)));
  return spread ? mean(a.map((x, index) => x * b[index])) / spread : null;
}

function agreementText(pairs) {
  const value = rankCorrelation(pairs.map((pair) => pair[0]), pairs.map((pair) => pair[1]));
  if (pairs.length < LEAST_RANKED) return ` Agreement is told from ${LEAST_RANKED} rated answers on.`;
  if (value === null) return " All are rated the same, so there is no order to compare.";
  return ` Rank correlation of your ratings with what the answers moved: ${value.toFixed(2)}, of ${pairs.length} answers. You may well be right and the model wrong.`;
}

function showRatings() {
  const rated = forms.filter(complete);
  const body = panel.querySelector("tbody");
  body.replaceChildren();
  const pairs = [];
  for (const form of forms) form.closest(".answer").toggleAttribute("data-rated", complete(form));
  for (const form of rated) {
    const own = mean(Object.values(scoresOf(form)));
    const row = body.insertRow();
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = form.dataset.number;
    row.append(head);
    const moved = "moved" in form.dataset ? Number(form.dataset.moved) : null;
    for (const text of [own.toFixed(2), moved === null ? "not measured" : (moved > 0 ? "+" : "") + moved.toFixed(2)]) {
      const cell = row.insertCell();
      cell.className = "num";
      cell.textContent = text;
    }
    if (moved !== null) pairs.push([own, moved]);
  }
  root.toggleAttribute("data-all-rated", rated.length === forms.length);
  document.getElementById("rating-table").hidden = !rated.length;
  tell(`${rated.length} of ${forms.length} answers are rated.` + (pairs.length ? agreementText(pairs) : ""));
}

function tell(text) {
  document.getElementById("rating-state").textContent = text;
}

function ratingsAsJson() {
  const criteria = [...forms[0].querySelectorAll("fieldset")].map((field) => field.dataset.criterion);
  return {
    schema_version: "1.0",
    interview: panel.dataset.interview,
    rater: document.getElementById("rater").value.trim(),
    created: new Date().toISOString(),
    rate_first: panel.dataset.rateFirst === "yes",
    criteria,
    answers: forms.map((form) => ({
      question: form.dataset.answer, scores: scoresOf(form), notes: form.querySelector("textarea").value,
    })),
  };
}

function saveRatings() {
  const content = ratingsAsJson();
  if (!content.rater) {
    tell("Enter your name or initials first: ratings of several readers are told apart by it.");
    document.getElementById("rater").focus();
    return;
  }
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(content, null, 2) + "\n"], { type: "application/json" }));
  link.download = `ratings-${content.interview}-${content.rater.replace(/[^\w.-]+/g, "-")}.json`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function takeRatings(content) {
  if (content?.schema_version !== "1.0" || !Array.isArray(content.answers)) {
    tell("The file holds no ratings that this page saved.");
    return;
  }
  if (content.interview !== panel.dataset.interview) {
    tell(`The ratings in the file are of interview ${content.interview}, and this is ${panel.dataset.interview}.`);
    return;
  }
  document.getElementById("rater").value = content.rater;
  for (const form of forms) {
    const answer = content.answers.find((one) => one.question === form.dataset.answer);
    for (const field of form.querySelectorAll("fieldset")) {
      const score = answer?.scores?.[field.dataset.criterion];
      for (const input of field.querySelectorAll("input")) input.checked = Number(input.value) === score;
    }
    form.querySelector("textarea").value = answer?.notes ?? "";
  }
  showRatings();
}

async function loadRatings(event) {
  const [file] = event.target.files;
  if (!file) return;
  let content = null;
  try {
    content = JSON.parse(await file.text());
  } catch {
    // not JSON: takeRatings says so
  }
  takeRatings(content);
}

if (panel && forms.length) {
  for (const form of forms) form.addEventListener("change", showRatings);
  document.getElementById("save-ratings").addEventListener("click", saveRatings);
  document.getElementById("load-ratings").addEventListener("change", loadRatings);
  showRatings();
}
