"""Look and behaviour of an annotation sheet; the page itself is made by `sheet`."""

STYLE = """
body { font: 15px/1.4 system-ui, sans-serif; margin: 0; color: #222; background: #f4f4f2; }
header { position: sticky; top: 0; z-index: 1; background: #fff; padding: .6rem 1.2rem;
  border-bottom: 1px solid #ccc; display: flex; flex-wrap: wrap; gap: .5rem 1rem;
  align-items: center; }
h1 { font-size: 1.05rem; margin: 0; flex: 1 1 20rem; }
button, label.file { font: inherit; padding: .25rem .7rem; border: 1px solid #888;
  border-radius: 4px; background: #fafafa; cursor: pointer; }
label.file input { display: none; }
main, .guide { max-width: 72rem; margin: 1rem auto; padding: 0 1.2rem; }
.guide p { margin: .3rem 0; }
section { background: #fff; border: 1px solid #ddd; border-radius: 6px; margin: 0 0 1.2rem;
  padding: 1rem; display: grid; grid-template-columns: minmax(12rem, 24rem) 1fr; gap: 1.2rem;
  scroll-margin-top: 4rem; }
section > div:first-child { position: sticky; top: 4rem; align-self: start; }
section img { width: 100%; border-radius: 3px; display: block; }
h2 { font-size: .8rem; margin: .4rem 0 0; color: #666; font-weight: normal;
  overflow-wrap: anywhere; }
h3 { font-size: .8rem; margin: 0 0 .3rem; color: #666; font-weight: 600; }
ul { margin: 0 0 .9rem; padding-left: 1.1rem; color: #555; }
.caption { border-left: 4px solid #bbb; padding: .4rem .8rem; margin: 0 0 .7rem;
  background: #fafafa; }
.caption p { margin: 0 0 .3rem; font-size: 1.05rem; overflow-wrap: anywhere; }
.caption.clean { border-color: #0072b2; }
.caption.wrong { border-color: #d55e00; }
.caption.empty { border-color: #666; }
.caption label { margin-right: 1.2rem; white-space: nowrap; }
.caption input[type=text] { font: inherit; width: 11rem; }
@media (max-width: 50rem) {
  section { grid-template-columns: 1fr; }
  section > div:first-child { position: static; }
}
"""

# Judgements are kept in the browser while they are made, and in a file when they are saved.
SCRIPT = """
"use strict";
const columns = ["key", "hallucination", "nothing", "words"];
const cards = [...document.querySelectorAll(".caption")];
const place = "mmpeft " + document.body.dataset.store;
const field = (card, name) => card.querySelector("[name=" + name + "]");
const judged = () => cards.filter((card) => field(card, "judged").checked);

function show(card) {
  const [seen, wrong, empty] = ["judged", "hallucination", "nothing"].map(
    (name) => field(card, name).checked);
  card.className = "caption" + (wrong ? " wrong" : empty ? " empty" : seen ? " clean" : "");
  document.getElementById("progress").textContent = judged().length + " of " + cards.length +
    " captions judged";
}

function read(card) {
  const answer = (name) => field(card, name).checked ? "yes" : "no";
  return [card.dataset.key, answer("hallucination"), answer("nothing"),
    field(card, "words").value.trim()];
}

function fill(card, row) {
  field(card, "judged").checked = true;
  field(card, "hallucination").checked = row[1] === "yes";
  field(card, "nothing").checked = row[2] === "yes";
  field(card, "words").value = row[3] || "";
  show(card);
}

function asCsv() {
  const quoted = (text) => '"' + text.replaceAll('"', '""') + '"';
  const rows = judged().map((card) => read(card).map(quoted).join(","));
  return [columns.join(","), ...rows, ""].join("\\r\\n");
}

function fromCsv(text) {
  const rows = [];
  for (const line of text.replace(/^\\ufeff/, "").split(/\\r?\\n/).slice(1)) {
    const cells = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
      (cell) => cell[1] === undefined ? cell[2] : cell[1].replaceAll('""', '"'));
    if (cells.length >= 3) rows.push(cells);
  }
  return rows;
}

function take(rows) {
  const byKey = new Map(rows.map((row) => [row[0], row]));
  for (const card of cards) {
    const row = byKey.get(card.dataset.key);
    if (row) fill(card, row);
  }
}

function keep() {
  try { localStorage.setItem(place, asCsv()); } catch { /* only what is saved is kept then */ }
}

document.addEventListener("input", (event) => {
  const card = event.target.closest(".caption");
  if (!card) return;
  const { name, checked, value } = event.target;
  if (name === "words") {
    if (value.trim()) field(card, "hallucination").checked = true;
    if (value.trim()) field(card, "nothing").checked = false;
  }
  if (name === "hallucination" && checked) field(card, "nothing").checked = false;
  if (name === "nothing" && checked) field(card, "hallucination").checked = false;
  if (!field(card, "hallucination").checked) field(card, "words").value = "";
  if (name !== "judged") field(card, "judged").checked = true;
  if (name === "judged" && !checked) {
    for (const other of ["hallucination", "nothing"]) field(card, other).checked = false;
    field(card, "words").value = "";
  }
  show(card);
  keep();
});

document.getElementById("save").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([asCsv()], { type: "text/csv" }));
  link.download = document.body.dataset.sheet + ".csv";
  link.click();
});

document.getElementById("load").addEventListener("change", async (event) => {
  take(fromCsv(await event.target.files[0].text()));
  keep();
});

document.getElementById("next").addEventListener("click", () => {
  const open = cards.find((card) => !field(card, "judged").checked);
  if (open) open.closest("section").scrollIntoView({ behavior: "smooth" });
});

let kept = null;
try { kept = localStorage.getItem(place); } catch { /* a browser that keeps nothing */ }
if (kept) take(fromCsv(kept));
cards.forEach(show);
"""
