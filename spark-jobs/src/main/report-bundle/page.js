// The page's script: draws each chart of the report from the data beside it. Bundled with Vega by build.sh.
import { parse, View, Warn } from "vega";
import { compile } from "vega-lite";
import { expressionInterpreter } from "vega-interpreter";

const theme = JSON.parse(document.getElementById("theme").textContent);

async function draw(figure) {
  const read = (kind) => JSON.parse(figure.querySelector(`script[data-part="${kind}"]`).textContent);
  const specification = read("chart");
  specification.data = { values: read("rows") };
  const place = figure.querySelector(".chart");
  const vega = compile(specification, { config: theme }).spec;
  // Syntax trees and an interpreter in place of compiled functions: the page's policy allows no eval.
  const view = new View(parse(vega, null, { ast: true }), {
    container: place,
    renderer: "svg",
    logLevel: Warn,
    expr: expressionInterpreter,
  });
  await view.runAsync();
  // The figure's caption and table carry the content: for a screen reader the picture is one image with a name.
  const svg = place.querySelector("svg");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", place.dataset.label);
  for (const part of svg.querySelectorAll("[role], [aria-label], [aria-roledescription]")) {
    for (const name of ["role", "aria-label", "aria-roledescription"]) part.removeAttribute(name);
  }
  place.classList.add("drawn");
}

const charts = [...document.querySelectorAll("figure[data-chart]")].map((figure) =>
  draw(figure).catch((fault) => {
    figure.querySelector(".chart").textContent = `This chart could not be drawn: ${fault}. Its table is below.`;
    console.error(fault);
  }),
);
Promise.all(charts).then(() => document.documentElement.setAttribute("data-drawn", String(charts.length)));
