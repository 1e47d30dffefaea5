"use strict";
// Filter, order and export. Rows are moved and hidden, never made: all figures are in the page.
const byId = (id) => document.getElementById(id);
const [nameBox, statusBox, positionBox, orderBox] =
  ["filter-name", "filter-status", "filter-position", "order"].map(byId);
const sections = [...document.querySelectorAll(".position")];
const estimateRows = [...document.querySelectorAll(".estimates tbody tr")];

function shownNames(section) {
  const text = nameBox.value.trim().toLowerCase();
  const rows = [...section.querySelectorAll(".estimates tbody tr")];
  return new Set(rows.filter((row) =>
    row.dataset.candidate.toLowerCase().includes(text) &&
    (!statusBox.value || row.dataset.status === statusBox.value)
  ).map((row) => row.dataset.candidate));
}

function filter() {
  let count = 0;
  for (const section of sections) {
    const names = shownNames(section);
    section.hidden = Boolean(positionBox.value) && section.dataset.position !== positionBox.value;
    count += section.hidden ? 0 : names.size;
    for (const row of section.querySelectorAll("tr[data-candidate]")) {
      row.hidden = !names.has(row.dataset.candidate);
    }
    for (const cell of section.querySelectorAll("[data-other]")) {
      cell.hidden = !names.has(cell.dataset.other);
    }
  }
  remark(`${count} of ${estimateRows.length} candidates are shown.`);
}

function order() {
  const key = orderBox.value;
  for (const section of sections) {
    const rows = [...section.querySelectorAll(".estimates tbody tr")];
    const value = (row) => key && row.hasAttribute(`data-${key}`) ? Number(row.getAttribute(`data-${key}`)) : -Infinity;
    rows.sort((a, b) => (value(b) - value(a) || 0) || (a.dataset.candidate < b.dataset.candidate ? -1 : 1));
    const rank = new Map(rows.map((row, index) => [row.dataset.candidate, index]));
    for (const body of section.querySelectorAll("tbody")) {
      body.append(...[...body.rows].sort((a, b) => rank.get(a.dataset.candidate) - rank.get(b.dataset.candidate)));
    }
  }
  filter();
}

function remark(count) {
  const chosen = orderBox.value
    ? " Ordered " + orderBox.selectedOptions[0].textContent +
      ": this is no ranking, the order of candidates whose intervals overlap says little."
    : "";
  byId("remark").textContent = count + chosen;
}

function quoted(text) {
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? "'" + text : text;
  return '"' + safe.replaceAll('"', '""') + '"';
}

function shownTable() {
  const lines = [["position", "candidate", "status", "estimate", "value", "low", "high"]];
  for (const section of sections.filter((one) => !one.hidden)) {
    const table = section.querySelector(".estimates");
    const names = [...table.querySelectorAll("th[data-estimate]")].map((th) => th.dataset.estimate);
    for (const row of [...table.tBodies[0].rows].filter((one) => !one.hidden)) {
      for (const name of names) {
        const figures = ["", "-low", "-high"].map((end) => row.getAttribute(`data-${name}${end}`) ?? "");
        lines.push([table.dataset.title, row.dataset.candidate, row.dataset.status, name, ...figures]);
      }
    }
  }
  return lines.map((line) => line.map(quoted).join(",")).join("\n") + "\n";
}

function save() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([shownTable()], { type: "text/csv" }));
  link.download = "comparison-shown.csv";
  link.click();
  URL.revokeObjectURL(link.href);
}

nameBox.addEventListener("input", filter);
statusBox.addEventListener("change", filter);
positionBox.addEventListener("change", filter);
orderBox.addEventListener("change", order);
byId("export").addEventListener("click", save);
document.querySelector(".controls").addEventListener("submit", (event) => event.preventDefault());
order();
document.documentElement.dataset.ready = "true";
